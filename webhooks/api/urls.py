from django.urls import path

from webhooks.api import alerts, logs, organizations, views

urlpatterns = [
    path("organizations", organizations.ToldOrganizationView.as_view()),
    path("webhook_endpoints", views.EndpointsView.as_view()),
    path("webhook_endpoints/<uuid:lago_id>", views.EndpointView.as_view()),
    path("subscriptions/<str:external_id>/alerts", alerts.AlertsView.as_view()),
    path("subscriptions/<str:external_id>/alerts/<str:code>", alerts.AlertView.as_view()),
    path("customers/<str:external_id>/wallets/<str:wallet_code>/alerts", alerts.AlertsView.as_view()),
    path("customers/<str:external_id>/wallets/<str:wallet_code>/alerts/<str:code>", alerts.AlertView.as_view()),
    path("activity_logs", logs.ActivityLogsView.as_view()),
    path("activity_logs/<uuid:activity_id>", logs.ActivityLogView.as_view()),
    path("api_logs", logs.ApiLogsView.as_view()),
    path("api_logs/<uuid:request_id>", logs.ApiLogView.as_view()),
    path("webhooks/public_key", views.PublicKeyView.as_view()),
    path("webhooks/json_public_key", views.JsonPublicKeyView.as_view()),
]
