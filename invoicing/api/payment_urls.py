from django.urls import path

from invoicing.api import payment_pages, payment_requests, payments

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
    path("payment_requests/<uuid:lago_id>/payment_url", payment_pages.RequestPaymentUrlView.as_view()),
    path("customers/<str:external_id>/payment_requests", payment_requests.CustomerPaymentRequestsView.as_view()),
    path("customers/<str:external_id>/payment_methods", payment_pages.PaymentMethodsView.as_view()),
    path("customers/<str:external_id>/payment_methods/<uuid:lago_id>", payment_pages.PaymentMethodView.as_view()),
    path(
        "customers/<str:external_id>/payment_methods/<uuid:lago_id>/set_as_default",
        payment_pages.DefaultMethodView.as_view(),
    ),
    path("customers/<str:external_id>/checkout_url", payment_pages.CheckoutUrlView.as_view()),
    path("invoices/<uuid:lago_id>/payment_url", payment_pages.PaymentUrlView.as_view()),
    path("invoices/<uuid:lago_id>/retry_payment", payment_pages.RetryPaymentView.as_view()),
    path("wallet_transactions/<uuid:lago_id>/payment_url", payment_pages.TopUpPaymentUrlView.as_view()),
]
