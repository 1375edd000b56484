from django.urls import path

from customers.api import custom_sections, portal, views

urlpatterns = [
    path("billing_entities", views.BillingEntitiesView.as_view()),
    path("billing_entities/<path:code>", views.BillingEntityView.as_view()),
    path("taxes", views.TaxesView.as_view()),
    path("taxes/<path:code>", views.TaxView.as_view()),
    path("invoice_custom_sections", custom_sections.SectionsView.as_view()),
    path("invoice_custom_sections/<path:code>", custom_sections.SectionView.as_view()),
    path("customers", views.CustomersView.as_view()),
    path("customers/<str:external_id>/portal_url", portal.PortalUrlView.as_view()),
    path("customers/<str:external_id>", views.CustomerView.as_view()),
]
