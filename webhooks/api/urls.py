from django.urls import path

from webhooks.api import views

urlpatterns = [
    path("webhook_endpoints", views.EndpointsView.as_view()),
    path("webhook_endpoints/<uuid:lago_id>", views.EndpointView.as_view()),
    path("webhooks/public_key", views.PublicKeyView.as_view()),
    path("webhooks/json_public_key", views.JsonPublicKeyView.as_view()),
]
