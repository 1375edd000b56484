from django.apps import AppConfig

from billing_site.core import arrays, moments


class CoreConfig(AppConfig):
    name = "billing_site.core"
    label = "core"
    verbose_name = "Company"

    def ready(self) -> None:
        """Make the ground floor's lookup and its way of reading times known to Django."""
        arrays.register()
        moments.register()
