from django.urls import path

from invoicing.api import credit_notes, documents, fees, invoice_changes, past_usage, preview_change, upcoming, views

urlpatterns = [
    path("invoices", views.InvoicesView.as_view()),
    path("invoices/<uuid:lago_id>", invoice_changes.InvoiceView.as_view()),
    path("invoices/<uuid:lago_id>/download", documents.DownloadView.as_view()),
    path("invoices/<uuid:lago_id>/download_pdf", documents.DownloadView.as_view()),
    path("invoices/<uuid:lago_id>/resend_email", documents.ResendEmailView.as_view()),
    path("invoices/<uuid:lago_id>/refresh", invoice_changes.RefreshView.as_view()),
    path("invoices/<uuid:lago_id>/finalize", invoice_changes.FinalizeView.as_view()),
    path("invoices/<uuid:lago_id>/void", invoice_changes.VoidView.as_view()),
    path("invoices/<uuid:lago_id>/lose_dispute", invoice_changes.LoseDisputeView.as_view()),
    path("credit_notes", credit_notes.CreditNotesView.as_view()),
    path("credit_notes/estimate", credit_notes.EstimateCreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>", credit_notes.CreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>/void", credit_notes.VoidCreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>/metadata", credit_notes.CreditNoteMetadataView.as_view()),
    path("credit_notes/<uuid:lago_id>/metadata/<str:key>", credit_notes.CreditNoteMetadataKeyView.as_view()),
    path("customers/<str:external_id>/credit_notes", credit_notes.CustomerCreditNotesView.as_view()),
    path("files/invoices/<str:token>/<str:name>", documents.serve, name="invoice-file"),
    path("customers/<str:external_id>/invoices", views.CustomerInvoicesView.as_view()),
    path("customers/<str:external_id>/past_usage", past_usage.PastUsageView.as_view()),
    path("subscriptions/<str:external_id>/preview_change", preview_change.PreviewChangeView.as_view()),
    path("fees", fees.FeesView.as_view()),
    path("fees/<uuid:lago_id>", fees.FeeView.as_view()),
    path("fees/<uuid:lago_id>/explain", fees.FeeExplanationView.as_view()),
    path("events/estimate_fees", fees.EstimateFeesView.as_view()),
    path("customers/<str:external_id>/upcoming_invoice", upcoming.UpcomingInvoiceView.as_view()),
]
