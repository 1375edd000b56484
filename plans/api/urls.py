from django.urls import path

from plans.api import plans, subscriptions, usage

urlpatterns = [
    path("plans", plans.PlansView.as_view()),
    path("plans/<path:code>", plans.PlanView.as_view()),
    path("subscriptions", subscriptions.SubscriptionsView.as_view()),
    path("subscriptions/<str:external_id>", subscriptions.SubscriptionView.as_view()),
    path("customers/<str:external_id>/subscriptions", subscriptions.CustomerSubscriptionsView.as_view()),
    path("customers/<str:external_id>/current_usage", usage.CurrentUsageView.as_view()),
]
