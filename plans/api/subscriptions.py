from datetime import date
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from billing_site.core.errors import Invalid
from billing_site.core.periods import MOMENT, local_date
from customers.api.payment_methods import PaymentMethodInput, shown_method
from customers.models import Customer
from customers.services import customers
from plans.api import plans as plan_views
from plans.api.charge_serializers import ChargeFilterInput
from plans.api.commitment_serializers import CommitmentInput
from plans.api.entitlement_serializers import SubscriptionEntitlementOutput
from plans.api.fixed_charge_serializers import FixedChargeOverride
from plans.api.serializers import PlanOutput
from plans.api.shapes import ShownActivationRule, ShownSubscription, WholeSubscription
from plans.api.usage_threshold_serializers import ApplicableThresholdOutput, UsageThresholdsField
from plans.calculations.schedules import running_usage
from plans.models import ActivationRule, Subscription
from plans.selectors.charges import shown
from plans.selectors.entitlements import of_subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.selectors.usage_thresholds import applicable, of_subscriptions
from plans.services import pauses, plan_changes, subscriptions

MAX_HOURS = 24 * 366


class ChargeOverrideInput(serializers.Serializer):
    """What of a charge may be the customer's own."""

    id = serializers.UUIDField(required=False, allow_null=True)
    code = fields.TextField()
    invoice_display_name = fields.TextField()
    properties = serializers.DictField(required=False, allow_null=True)
    min_amount_cents = fields.CentsField(required=False, allow_null=True)
    filters = serializers.ListField(child=ChargeFilterInput(), required=False, allow_null=True, max_length=1000)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)


class FixedChargeOverrideInput(FixedChargeOverride):
    id = serializers.UUIDField(required=False, allow_null=True)
    code = fields.TextField()


class PlanOverridesInput(serializers.Serializer):
    """What of a plan may be the customer's own."""

    name = fields.TextField()
    invoice_display_name = fields.TextField()
    description = fields.TextField(max_length=600)
    amount_cents = fields.CentsField(required=False, allow_null=True)
    amount_currency = fields.CurrencyField(required=False, allow_null=True)
    trial_period = fields.DecimalNumberField(required=False, allow_null=True, min_value=0, max_value=3650)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)
    charges = serializers.ListField(child=ChargeOverrideInput(), required=False, allow_null=True, max_length=1000)
    fixed_charges = serializers.ListField(
        child=FixedChargeOverrideInput(), required=False, allow_null=True, max_length=1000
    )
    usage_thresholds = UsageThresholdsField()
    minimum_commitment = CommitmentInput(required=False, allow_null=True)


class ActivationRuleInput(serializers.Serializer):
    type = serializers.ChoiceField(choices=ActivationRule.Type.choices)
    timeout_hours = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_HOURS)


class SubscriptionUpdate(serializers.Serializer):
    name = fields.TextField()
    subscription_at = fields.InstantField(required=False, allow_null=True)
    ending_at = fields.InstantField(required=False, allow_null=True)
    on_termination_credit_note = serializers.ChoiceField(
        choices=["credit", "skip", "refund", "offset"], required=False, allow_null=True
    )
    on_termination_invoice = serializers.ChoiceField(choices=["generate", "skip"], required=False, allow_null=True)
    consolidate_invoice = serializers.BooleanField(required=False, allow_null=True)
    purchase_order_number = fields.TextField()
    billing_entity_code = fields.TextField()
    payment_method = PaymentMethodInput(required=False, allow_null=True)
    progressive_billing_disabled = serializers.BooleanField(required=False, allow_null=True)
    plan_overrides = PlanOverridesInput(required=False, allow_null=True)
    usage_thresholds = UsageThresholdsField()
    activation_rules = fields.ObjectsField(child=ActivationRuleInput())


class PlanChangeInput(serializers.Serializer):
    """When another plan takes effect, and whether the running period is shared by days."""

    at = serializers.CharField(required=False, allow_null=True, max_length=30)
    prorate = serializers.BooleanField(required=False, allow_null=True)

    def validate_at(self, text: str | None) -> str | date | None:
        """Return the word or the day."""
        if text in (None, plan_changes.NOW, plan_changes.PERIOD_END):
            return text
        moment = fields.InstantField().run_validation(text if len(str(text)) == 10 else "")
        return date(moment.year, moment.month, moment.day)


class SubscriptionInput(SubscriptionUpdate):
    plan_change = PlanChangeInput(required=False, allow_null=True)
    external_customer_id = fields.CodeField()
    external_id = fields.CodeField()
    plan_code = fields.CodeField()
    billing_time = serializers.ChoiceField(choices=Subscription.BillingTime.choices, required=False, allow_null=True)


class SubscriptionOutput(serializers.BaseSerializer):
    def to_representation(self, subscription: Subscription) -> ShownSubscription:
        """Return the subscription with all keys of Lago's."""
        running, previous, following = None, subscription.previous_subscription, _following(subscription)
        if subscription.started_at is not None:
            moment = subscription.terminated_at or timezone.now()
            running = running_usage(schedule_of(subscription), max(moment, subscription.started_at))
        return {
            "lago_id": subscription.lago_id,
            "external_id": subscription.external_id,
            "lago_customer_id": subscription.customer.lago_id,
            "external_customer_id": subscription.customer.external_id,
            "name": subscription.name or None,
            "plan_code": subscription.plan.code,
            "plan_amount_cents": subscription.plan.amount_cents,
            "plan_amount_currency": subscription.plan.amount_currency,
            "status": subscription.status,
            "billing_time": subscription.billing_time,
            "subscription_at": formats.instant(subscription.subscription_at),
            "started_at": formats.instant_ms(subscription.started_at),
            "trial_ended_at": formats.instant(subscription.trial_ended_at),
            "ending_at": formats.instant(subscription.ending_at),
            "terminated_at": formats.instant(subscription.terminated_at),
            "canceled_at": formats.instant(subscription.canceled_at),
            "created_at": formats.instant(subscription.created_at),
            "previous_plan_code": previous.plan.code if previous else None,
            "next_plan_code": following.plan.code if following else None,
            "downgrade_plan_date": self._change_date(subscription),
            "current_billing_period_started_at": formats.instant(running.start) if running else None,
            "current_billing_period_ending_at": formats.instant(running.end - MOMENT) if running else None,
            "on_termination_credit_note": subscription.on_termination_credit_note or None,
            "on_termination_invoice": subscription.on_termination_invoice,
            "progressive_billing_disabled": subscription.progressive_billing_disabled,
            "consolidate_invoice": subscription.consolidate_invoice,
            "purchase_order_number": subscription.purchase_order_number or None,
            "cancellation_reason": subscription.cancellation_reason or None,
            "paused_at": formats.instant(subscription.paused_at),
            "activated_at": formats.instant(subscription.activated_at),
            "payment_method": shown_method(subscription.payment_method),
            "activation_rules": [_rule(rule) for rule in subscription.activation_rules.all()],
        }

    def _change_date(self, subscription: Subscription) -> str | None:
        if subscription.change_at is None:
            return None
        return local_date(subscription.change_at, timezone_of(subscription)).isoformat()


def _rule(rule: ActivationRule) -> ShownActivationRule:
    return {
        "lago_id": rule.lago_id,
        "type": rule.type,
        "timeout_hours": rule.timeout_hours,
        "status": rule.status,
        "expires_at": formats.instant(rule.expires_at),
        "created_at": formats.instant(rule.created_at),
        "updated_at": formats.instant(rule.updated_at),
    }


def _following(subscription: Subscription) -> Subscription | None:
    """Return the newest subscription that took over or is to take over from this one."""
    rows = [row for row in subscription.next_subscriptions.all() if row.status != Subscription.Status.CANCELED]
    return max(rows, key=lambda row: row.pk, default=None)


class SubscriptionWithPlan(SubscriptionOutput):
    def to_representation(self, subscription: Subscription) -> WholeSubscription:
        """Return the subscription with its plan."""
        return {
            **super().to_representation(subscription),
            "plan": PlanOutput(subscription.plan).data,
            "entitlements": SubscriptionEntitlementOutput(of_subscription(subscription), many=True).data,
            "applicable_usage_thresholds": ApplicableThresholdOutput(applicable(subscription), many=True).data,
            "applied_invoice_custom_sections": [],
        }


class SubscriptionFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    plan_code = django_filters.CharFilter(field_name="plan__code")
    currency = django_filters.CharFilter(field_name="plan__amount_currency")
    external_id = django_filters.CharFilter()
    status = django_filters.MultipleChoiceFilter(choices=Subscription.Status.choices)

    class Meta:
        model = Subscription
        fields: list[str] = []


def rows() -> "QuerySet[Any]":
    """Return the subscriptions with what their answer needs."""
    related: tuple[Any, ...] = (
        *shown("plan__charges__"),
        "plan__taxes",
        "plan__fixed_charges__add_on",
        "plan__fixed_charges__parent",
        "plan__fixed_charges__taxes__billing_entities",
        "plan__minimum_commitment__taxes__billing_entities",
        "plan__entitlements__feature__privileges",
        *of_subscriptions(),
    )
    found: QuerySet[Any] = (
        Subscription.objects.select_related("customer__billing_entity", "plan__parent", "previous_subscription__plan")
        .prefetch_related("next_subscriptions__plan", "activation_rules", *related)
        .order_by("-created_at", "-id")
    )
    return found


class SubscriptionsView(ApiView):
    resource, plural = "subscription", "subscriptions"

    @extend_schema(responses=SubscriptionOutput(many=True))
    def get(self, request: Request) -> Response:
        found = self.filtered(SubscriptionFilter, rows())
        if not {"status", "status[]"} & set(request.query_params):
            found = found.filter(status=Subscription.Status.ACTIVE)
        return self.listing(found, SubscriptionOutput)

    @extend_schema(request=SubscriptionInput, responses=SubscriptionWithPlan)
    def post(self, request: Request) -> Response:
        data, now = self.read(SubscriptionInput), timezone.now()
        plan = self.found(plan_views.rows(), "plan", code=data.pop("plan_code"))
        with transaction.atomic():  # a customer that is made for a subscription goes with it if that is refused
            customer = customers.create_or_get(data.pop("external_customer_id"), now=now)
            subscription = subscriptions.create(customer, plan, now=now, **data)
        return self.answer(rows().get(pk=subscription.pk), SubscriptionWithPlan)


class OneSubscriptionView(ApiView):
    resource = "subscription"

    def subscription(self, external_id: str) -> Subscription:
        """
        Return the subscription of this external id: the active one unless ?status= asks for another.

        :raises NotFound: if there is none
        """
        status = self.request.query_params.get("status", Subscription.Status.ACTIVE)
        found: Subscription = self.found(rows(), external_id=external_id, status=status)
        return found


class SubscriptionView(OneSubscriptionView):
    @extend_schema(responses=SubscriptionWithPlan)
    def get(self, request: Request, external_id: str) -> Response:
        return self.answer(self.subscription(external_id), SubscriptionWithPlan)

    @extend_schema(request=SubscriptionUpdate, responses=SubscriptionWithPlan)
    def put(self, request: Request, external_id: str) -> Response:
        subscription = self.subscription(external_id)
        subscription = subscriptions.update(subscription, now=timezone.now(), **self.read(SubscriptionUpdate))
        return self.answer(rows().get(pk=subscription.pk), SubscriptionWithPlan)

    @extend_schema(responses=SubscriptionWithPlan)
    def delete(self, request: Request, external_id: str) -> Response:
        subscription, now = self.subscription(external_id), timezone.now()
        if subscription.status in (Subscription.Status.PENDING, Subscription.Status.INCOMPLETE):
            subscription = subscriptions.cancel(subscription, now=now)
        else:
            asked: dict[str, Any] = {name: request.query_params.get(name) for name in _TERMINATION}
            wrong = [name for name, value in asked.items() if value and value not in _TERMINATION[name]]
            if wrong:
                raise Invalid({name: ["value_is_invalid"] for name in wrong})
            subscription = subscriptions.terminate(subscription, at=now, now=now, **asked)
        return self.answer(rows().get(pk=subscription.pk), SubscriptionWithPlan)


class PauseInput(serializers.Serializer):
    credit_unused = serializers.BooleanField(required=False, default=False)


class PauseView(OneSubscriptionView):
    @extend_schema(request=PauseInput, responses=SubscriptionWithPlan)
    def post(self, request: Request, external_id: str) -> Response:
        given = self.read(PauseInput) if request.data else {}
        paused = pauses.pause(
            self.subscription(external_id), now=timezone.now(), credits_unused=given.get("credit_unused", False)
        )
        return self.answer(rows().get(pk=paused.pk), SubscriptionWithPlan)


class ResumeView(OneSubscriptionView):
    @extend_schema(request=None, responses=SubscriptionWithPlan)
    def post(self, request: Request, external_id: str) -> Response:
        resumed = pauses.resume(self.subscription(external_id), now=timezone.now())
        return self.answer(rows().get(pk=resumed.pk), SubscriptionWithPlan)


_TERMINATION = {
    "on_termination_credit_note": ("credit", "skip", "refund", "offset"),
    "on_termination_invoice": ("generate", "skip"),
}


class CustomerSubscriptionsView(ApiView):
    resource, plural = "subscription", "subscriptions"

    @extend_schema(responses=SubscriptionOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        found = self.filtered(SubscriptionFilter, rows().filter(customer=customer))
        if not {"status", "status[]"} & set(request.query_params):
            found = found.filter(status=Subscription.Status.ACTIVE)
        return self.listing(found, SubscriptionOutput)
