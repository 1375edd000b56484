"""The addresses of the portal. What is a customer's own lies under its id, where its cookie is good."""

from django.urls import include, path

from billing_site.portal import entrance
from billing_site.portal.pages import credits, details, home, invoices, methods, paying, plans, usage

app_name = "portal"

pages = [
    path("", home.home, name="home"),
    path("usage", usage.usage, name="usage"),
    path("invoices", invoices.invoices, name="invoices"),
    path("invoices/pay-overdue", paying.pay_overdue, name="pay-overdue"),
    path("invoices/<uuid:lago_id>", invoices.invoice, name="invoice"),
    path("invoices/<uuid:lago_id>/pdf", invoices.invoice_pdf, name="invoice-pdf"),
    path("invoices/<uuid:lago_id>/pay", paying.pay_invoice, name="pay-invoice"),
    path("documents", invoices.receipts_and_notes, name="documents"),
    path("receipts/<uuid:lago_id>/pdf", invoices.receipt_pdf, name="receipt-pdf"),
    path("credit-notes/<uuid:lago_id>/pdf", invoices.note_pdf, name="note-pdf"),
    path("payment-methods", methods.methods, name="methods"),
    path("payment-methods/add", methods.add, name="add-method"),
    path("payment-methods/stored", methods.stored, name="method-stored"),
    path("payment-methods/<uuid:lago_id>/default", methods.make_default, name="default-method"),
    path("payment-methods/<uuid:lago_id>/remove", methods.remove, name="remove-method"),
    path("credits", credits.credits_page, name="credits"),
    path("credits/<uuid:lago_id>/top-up", credits.top_up, name="top-up"),
    path("credits/bought/<uuid:lago_id>/pay", paying.pay_credits, name="pay-credits"),
    path("plans", plans.plans, name="plans"),
    path("details", details.details, name="details"),
    path("leave", entrance.leave, name="leave"),
]
urlpatterns = [
    path("enter/<str:token>", entrance.enter, name="enter"),
    path("left", entrance.left, name="left"),
    path("staff/<uuid:customer_id>", entrance.enter_as_staff, name="enter-as-staff"),
    path("<uuid:customer_id>/", include(pages)),
]
