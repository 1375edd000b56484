from django.urls import path

from invoicing.api import payment_requests, payments

urlpatterns = [
    path("payments", payments.PaymentsView.as_view()),
    path("payments/<uuid:lago_id>", payments.PaymentView.as_view()),
    path("customers/<str:external_id>/payments", payments.CustomerPaymentsView.as_view()),
    path("payment_receipts", payments.ReceiptsView.as_view()),
    path("payment_receipts/<uuid:lago_id>", payments.ReceiptView.as_view()),
    path("payment_receipts/<uuid:lago_id>/download", payments.ReceiptDownloadView.as_view()),
    path("payment_receipts/<uuid:lago_id>/resend_email", payments.ReceiptResendView.as_view()),
    path("payment_requests", payment_requests.PaymentRequestsView.as_view()),
    path("payment_requests/<uuid:lago_id>", payment_requests.PaymentRequestView.as_view()),
    path("customers/<str:external_id>/payment_requests", payment_requests.CustomerPaymentRequestsView.as_view()),
]
