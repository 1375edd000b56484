from django.urls import path

from invoicing.api import (
    analytics,
    credit_notes,
    documents,
    fees,
    invoice_changes,
    late_usages,
    lifetime_usage,
    past_usage,
    payment_urls,
    preview_change,
    previews,
    upcoming,
    views,
)
from invoicing.api.links import SALTS
from invoicing.models import CreditNoteDocument, CreditNoteXml, InvoiceDocument, InvoiceXml, StoredDocument

FOLDERS: dict[str, type[StoredDocument]] = {
    "invoices": InvoiceDocument,
    "credit_notes": CreditNoteDocument,
    "xml/invoices": InvoiceXml,
    "xml/credit_notes": CreditNoteXml,
}

urlpatterns = [
    path("analytics/gross_revenue", analytics.GrossRevenueView.as_view()),
    path("analytics/invoice_collection", analytics.InvoiceCollectionView.as_view()),
    path("analytics/invoiced_usage", analytics.InvoicedUsageView.as_view()),
    path("analytics/mrr", analytics.MrrView.as_view()),
    path("analytics/overdue_balance", analytics.OverdueBalanceView.as_view()),
    path("analytics/usage", analytics.UsageView.as_view()),
    path("invoices", views.InvoicesView.as_view()),
    path("invoices/preview", previews.PreviewInvoiceView.as_view()),
    path("invoices/<uuid:lago_id>", invoice_changes.InvoiceView.as_view()),
    path("invoices/<uuid:lago_id>/download", documents.DownloadView.as_view()),
    path("invoices/<uuid:lago_id>/download_pdf", documents.DownloadView.as_view()),
    path("invoices/<uuid:lago_id>/download_xml", documents.DownloadXmlView.as_view()),
    path("invoices/<uuid:lago_id>/resend_email", documents.ResendEmailView.as_view()),
    path("invoices/<uuid:lago_id>/refresh", invoice_changes.RefreshView.as_view()),
    path("invoices/<uuid:lago_id>/finalize", invoice_changes.FinalizeView.as_view()),
    path("invoices/<uuid:lago_id>/void", invoice_changes.VoidView.as_view()),
    path("invoices/<uuid:lago_id>/lose_dispute", invoice_changes.LoseDisputeView.as_view()),
    path("credit_notes", credit_notes.CreditNotesView.as_view()),
    path("credit_notes/estimate", credit_notes.EstimateCreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>", credit_notes.CreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>/download", credit_notes.DownloadCreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>/download_pdf", credit_notes.DownloadCreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>/download_xml", credit_notes.DownloadCreditNoteXmlView.as_view()),
    path("credit_notes/<uuid:lago_id>/void", credit_notes.VoidCreditNoteView.as_view()),
    path("credit_notes/<uuid:lago_id>/metadata", credit_notes.CreditNoteMetadataView.as_view()),
    path("credit_notes/<uuid:lago_id>/metadata/<str:key>", credit_notes.CreditNoteMetadataKeyView.as_view()),
    path("customers/<str:external_id>/credit_notes", credit_notes.CustomerCreditNotesView.as_view()),
    *payment_urls.urlpatterns,
    path("files/receipts/<str:token>/<str:name>", documents.serve_receipt, name="receipt-file"),
    *(
        path(f"files/{folder}/<str:token>/<str:name>", documents.serve, {"kind": kind}, name=f"{SALTS[kind]}-file")
        for folder, kind in FOLDERS.items()
    ),
    path("customers/<str:external_id>/invoices", views.CustomerInvoicesView.as_view()),
    path("customers/<str:external_id>/past_usage", past_usage.PastUsageView.as_view()),
    path("subscriptions/<str:external_id>/lifetime_usage", lifetime_usage.LifetimeUsageView.as_view()),
    path("subscriptions/<str:external_id>/preview_change", preview_change.PreviewChangeView.as_view()),
    path("late_usages", late_usages.LateUsagesView.as_view()),
    path("late_usages/<uuid:lago_id>", late_usages.LateUsageView.as_view()),
    path("fees", fees.FeesView.as_view()),
    path("fees/<uuid:lago_id>", fees.FeeView.as_view()),
    path("fees/<uuid:lago_id>/explain", fees.FeeExplanationView.as_view()),
    path("events/estimate_fees", fees.EstimateFeesView.as_view()),
    path("customers/<str:external_id>/upcoming_invoice", upcoming.UpcomingInvoiceView.as_view()),
]
