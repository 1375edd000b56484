from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "billing_site.core"
    label = "core"
    verbose_name = "Company"
