from django.apps import AppConfig


class BillingSiteConfig(AppConfig):
    """The roof: it joins the floors and has no tables; it is an app for its commands and templates."""

    name = "billing_site"
    label = "billing_site"
