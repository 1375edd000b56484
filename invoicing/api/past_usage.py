from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.pagination import paginate
from billing_site.core.api.views import ApiView
from billing_site.core.errors import NotFound, invalid
from billing_site.core.periods import MOMENT, local_date
from customers.models import Customer
from invoicing.api.figure_shapes import UsagePeriods
from invoicing.models import Fee, InvoiceSubscription
from invoicing.selectors import past_usage
from plans.api.usage_output import breakdown, charge_and_metric
from plans.api.usage_shapes import Breakdown, ChargeUsage, FilterUsage, GroupUsage, ShownUsage, UsageFigures
from plans.models import Subscription

PARAMETERS = [
    OpenApiParameter("external_subscription_id", str, required=True),
    OpenApiParameter("billable_metric_code", str),
    OpenApiParameter("periods_count", int),
    OpenApiParameter("page", int),
    OpenApiParameter("per_page", int),
]


class PastUsageView(ApiView):
    """Usage as it was billed, period by period, newest first: read from the fees, never computed again."""

    resource, plural = "customer", "usage_periods"

    @extend_schema(parameters=PARAMETERS, responses=UsagePeriods)
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        wanted = request.query_params.get("external_subscription_id")
        subscriptions = Subscription.objects.filter(customer=customer, external_id=wanted or "")
        if not subscriptions.exists():
            raise NotFound("subscription")
        rows, meta = paginate(self._periods(subscriptions), request.query_params)
        return Response({"usage_periods": [_period(row) for row in rows], "meta": meta})

    def _periods(self, subscriptions: Any) -> Any:
        code, count = (self.request.query_params.get(name) for name in ("billable_metric_code", "periods_count"))
        if count is not None and not (count.isascii() and count.isdigit() and 0 < int(count[:9]) < 10_000):
            raise invalid("periods_count", "value_is_invalid")
        rows = past_usage.periods(subscriptions, code)
        return rows[: int(count)] if count else rows


def _period(row: InvoiceSubscription) -> ShownUsage:
    fees = past_usage.fees_of(row)
    by_charge: dict[int, list[Fee]] = {}
    for fee in fees:
        by_charge.setdefault(int(fee.charge_id or 0), []).append(fee)
    amount, taxes = (sum(getattr(fee, name) for fee in fees) for name in ("amount_cents", "taxes_amount_cents"))
    assert row.charges_from_at is not None and row.charges_to_at is not None  # noqa: PT018
    last = row.charges_to_at - MOMENT
    return {
        "from_datetime": formats.instant(row.charges_from_at),
        "to_datetime": formats.instant(last),
        "issuing_date": local_date(last, row.invoice.timezone).isoformat(),
        "currency": row.invoice.currency,
        "amount_cents": amount,
        "total_amount_cents": amount + taxes,
        "taxes_amount_cents": taxes,
        "lago_invoice_id": row.invoice.lago_id,
        "charges_usage": [_charge(items) for items in by_charge.values()],
    }


def _charge(fees: Sequence[Fee]) -> ChargeUsage:
    charge = fees[0].charge
    assert charge is not None
    return {
        **_figures(fees),
        "amount_currency": fees[0].currency,
        **charge_and_metric(charge),
        "filters": _filters(fees),
        "grouped_usage": _groups(fees) if any(fee.grouped_by for fee in fees) else [],
        "presentation_breakdowns": _breakdowns(
            fee for fee in fees if fee.charge_filter_id is None and not fee.grouped_by
        ),
    }


def _groups(fees: Iterable[Fee]) -> list[GroupUsage]:
    """Return an entry for each group, what has no group being one."""
    found: dict[tuple[tuple[str, Any], ...], list[Fee]] = {}
    for fee in fees:
        found.setdefault(tuple(sorted(fee.grouped_by.items())), []).append(fee)
    return [
        {
            **_figures(items),
            "grouped_by": {key: value or None for key, value in group},
            "filters": _filters(items),
            "presentation_breakdowns": _breakdowns(fee for fee in items if fee.charge_filter_id is None),
        }
        for group, items in found.items()
    ]


def _filters(fees: Iterable[Fee]) -> list[FilterUsage]:
    """Return an entry for each filter and one for what no filter took; nothing where none took any."""
    found: dict[int | None, list[Fee]] = {}
    for fee in fees:
        found.setdefault(fee.charge_filter_id, []).append(fee)
    if not any(found):
        return []
    return [
        {
            **_figures(items),
            "invoice_display_name": items[0].filter_display_name or None,
            "values": items[0].filter_values or None,
            "presentation_breakdowns": _breakdowns(items),
        }
        for items in found.values()
    ]


def _breakdowns(fees: Iterable[Fee]) -> list[Breakdown]:
    return [
        breakdown({**row["displayed_by"], **row["others"]}, Decimal(row["units"]))
        for fee in fees
        for row in fee.presentation_breakdowns
    ]


def _figures(fees: Iterable[Fee]) -> UsageFigures:
    rows = list(fees)
    units = sum((fee.units for fee in rows), Decimal(0))
    return {
        "units": formats.decimal_string(units),
        "total_aggregated_units": formats.decimal_string(units),
        "events_count": sum(fee.events_count or 0 for fee in rows),
        "amount_cents": sum(fee.amount_cents for fee in rows),
        "pricing_unit_details": None,
    }
