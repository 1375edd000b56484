"""Alerts on a subscription's usage and on wallets."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.errors import details
from billing_site.core.api.views import ApiView
from billing_site.core.errors import Invalid, invalid
from credits.models import Wallet
from customers.models import Customer
from plans.models import Subscription
from webhooks.api.alert_serializers import AlertInput, AlertOutput, AlertUpdate
from webhooks.api.shapes import OneAlert, SeveralAlerts
from webhooks.models import Alert
from webhooks.services import alerts

MOST_AT_ONCE = 100


def alert_rows() -> "QuerySet[Any]":
    """Return the live alerts, newest first, with what is shown of them."""
    rows = Alert.objects.live().select_related("wallet", "billable_metric")
    found: QuerySet[Any] = rows.prefetch_related("thresholds", "billable_metric__filters")
    return found.order_by("-created_at", "-id")


class _View(ApiView):
    """What the alerts of an address are about: a subscription's external id, or a customer's wallet."""

    resource, plural = "alert", "alerts"

    def about(self, address: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return what the alerts watch, as the service takes it.

        :raises NotFound: if there is no such subscription, customer or wallet
        """
        if "wallet_code" not in address:
            status = self.request.query_params.get("subscription_status") or Subscription.Status.ACTIVE
            rows = Subscription.objects.filter(status=status)
            found = self.found(rows, "subscription", external_id=address["external_id"])
            return {"subscription": found.external_id}
        customer = self.found(Customer.objects.live(), "customer", external_id=address["external_id"])
        wallets = Wallet.objects.filter(customer=customer).order_by("status", "-id")
        return {"wallet": self.found(wallets, "wallet", code=address["wallet_code"])}

    def alerts(self, address: Mapping[str, Any]) -> "QuerySet[Any]":
        """Return the live alerts of the address."""
        about = self.about(address)
        if "wallet" in about:
            return alert_rows().filter(wallet=about["wallet"])
        return alert_rows().filter(external_subscription_id=about["subscription"])


class AlertsView(_View):
    @extend_schema(responses=AlertOutput(many=True))
    def get(self, request: Request, **address: Any) -> Response:
        return self.listing(self.alerts(address), AlertOutput)

    @extend_schema(request=AlertInput, responses=OneAlert | SeveralAlerts)
    def post(self, request: Request, **address: Any) -> Response:
        """Make one alert under `alert`, or several, all or none, under `alerts`."""
        about, body = self.about(address), request.data
        if not isinstance(body, Mapping) or "alerts" not in body:
            made = alerts.create([self.read(AlertInput)], now=timezone.now(), **about)
            return self.answer(alert_rows().get(pk=made[0].pk), AlertOutput)
        made = alerts.create(_several(body["alerts"]), now=timezone.now(), **about)
        rows = alert_rows().filter(pk__in=[alert.pk for alert in made]).order_by("pk")
        return Response({self.plural: AlertOutput(rows, many=True, context={}).data})

    @extend_schema(responses=None)
    def delete(self, request: Request, **address: Any) -> Response:
        """Take all of them away; the answer has no body."""
        now = timezone.now()
        for alert in self.alerts(address):
            alerts.delete(alert, now=now)
        return Response()


class AlertView(_View):
    def alert(self, address: Mapping[str, Any]) -> Alert:
        """Return the alert of the address."""
        found: Alert = self.found(self.alerts(address), code=address["code"])
        return found

    @extend_schema(responses=AlertOutput)
    def get(self, request: Request, **address: Any) -> Response:
        return self.answer(self.alert(address), AlertOutput)

    @extend_schema(request=AlertUpdate, responses=AlertOutput)
    def put(self, request: Request, **address: Any) -> Response:
        alert = alerts.update(self.alert(address), now=timezone.now(), **self.read(AlertUpdate))
        return self.answer(alert_rows().get(pk=alert.pk), AlertOutput)

    @extend_schema(responses=AlertOutput)
    def delete(self, request: Request, **address: Any) -> Response:
        alert = self.alert(address)
        answer = self.answer(alert, AlertOutput)
        alerts.delete(alert, now=timezone.now())
        return answer


def _several(items: Any) -> list[dict[str, Any]]:
    """
    Return the checked items of a batch.

    :raises ParseError: (400) if it is no list of objects
    :raises Invalid: (422) with the errors of each item by its number
    """
    if not isinstance(items, list) or not items or not all(isinstance(item, Mapping) for item in items):
        raise ParseError("param is missing or the value is empty: alerts")
    if len(items) > MOST_AT_ONCE:
        raise invalid("alerts", "value_is_too_long")
    read = [AlertInput(data=item) for item in items]
    wrong = {str(number): details(item.errors) for number, item in enumerate(read) if not item.is_valid()}
    if wrong:
        raise Invalid(wrong)
    return [dict(item.validated_data) for item in read]
