from django.urls import path

from plans.api import (
    add_ons,
    charges,
    events,
    fixed_charges,
    plans,
    pricing_units,
    subscription_charges,
    subscriptions,
    usage,
)

urlpatterns = [
    path("events", events.SubscribedEventsView.as_view()),
    path("events/<str:transaction_id>", events.SubscribedEventView.as_view()),
    path("add_ons", add_ons.AddOnsView.as_view()),
    path("add_ons/<path:code>", add_ons.AddOnView.as_view()),
    path("plans/<str:plan_code>/fixed_charges", fixed_charges.PlanFixedChargesView.as_view()),
    path("plans/<str:plan_code>/fixed_charges/<str:code>", fixed_charges.PlanFixedChargeView.as_view()),
    path("subscriptions/<str:external_id>/fixed_charges", fixed_charges.SubscriptionFixedChargesView.as_view()),
    path(
        "subscriptions/<str:external_id>/fixed_charges/<str:code>",
        fixed_charges.SubscriptionFixedChargeView.as_view(),
    ),
    path("subscriptions/<str:external_id>/charges", subscription_charges.SubscriptionChargesView.as_view()),
    path(
        "subscriptions/<str:external_id>/charges/<path:charge_code>/filters",
        subscription_charges.SubscriptionChargeFiltersView.as_view(),
    ),
    path(
        "subscriptions/<str:external_id>/charges/<path:charge_code>/filters/<uuid:lago_id>",
        subscription_charges.SubscriptionChargeFilterView.as_view(),
    ),
    path(
        "subscriptions/<str:external_id>/charges/<path:charge_code>",
        subscription_charges.SubscriptionChargeView.as_view(),
    ),
    path("pricing_units", pricing_units.PricingUnitsView.as_view()),
    path("pricing_units/<path:code>", pricing_units.PricingUnitView.as_view()),
    path("plans", plans.PlansView.as_view()),
    path("plans/<path:code>/charges", charges.PlanChargesView.as_view()),
    path("plans/<path:code>/charges/<path:charge_code>/filters", charges.PlanChargeFiltersView.as_view()),
    path("plans/<path:code>/charges/<path:charge_code>/filters/<uuid:lago_id>", charges.PlanChargeFilterView.as_view()),
    path("plans/<path:code>/charges/<path:charge_code>", charges.PlanChargeView.as_view()),
    path("plans/<path:code>", plans.PlanView.as_view()),
    path("subscriptions", subscriptions.SubscriptionsView.as_view()),
    path("subscriptions/<str:external_id>/pause", subscriptions.PauseView.as_view()),
    path("subscriptions/<str:external_id>/resume", subscriptions.ResumeView.as_view()),
    path("subscriptions/<str:external_id>", subscriptions.SubscriptionView.as_view()),
    path("customers/<str:external_id>/subscriptions", subscriptions.CustomerSubscriptionsView.as_view()),
    path("customers/<str:external_id>/current_usage", usage.CurrentUsageView.as_view()),
    path("customers/<str:external_id>/projected_usage", usage.ProjectedUsageView.as_view()),
]
