"""The invoice that comes next, over the API: worked out in memory, nothing is written."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.views import ApiView
from billing_site.core.errors import invalid
from billing_site.core.periods import MOMENT
from customers.models import Customer
from invoicing.api.figure_shapes import UpcomingFee, UpcomingInvoice, UpcomingInvoices
from invoicing.models import Fee
from invoicing.services import previews
from invoicing.services.previews import Upcoming

FURTHEST = timedelta(days=5 * 366)


class UpcomingInvoiceView(ApiView):
    resource = "invoice"

    @extend_schema(
        parameters=[OpenApiParameter("at", OpenApiTypes.DATETIME, description="The first invoice from then on.")],
        responses=UpcomingInvoices,
    )
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        now = timezone.now()
        found = previews.upcoming([customer.pk], now=now, at=self._at(now)).get(customer.pk, [])
        return Response({"upcoming_invoices": [shown(upcoming) for upcoming in found]})

    def _at(self, now: datetime) -> datetime | None:
        """Return the moment asked for, some years ahead at most; one without an offset is UTC."""
        given = self.request.query_params.get("at")
        if not given:
            return None
        try:
            moment = parse_datetime(given)
        except ValueError:
            moment = None
        if moment is None:
            raise invalid("at", "invalid_date")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if moment - now > FURTHEST:
            raise invalid("at", "value_is_out_of_range")
        return moment


def shown(upcoming: Upcoming) -> UpcomingInvoice:
    """Return an invoice that has not been made, in the words of those that have."""
    invoice = upcoming.draft.invoice
    return {
        "billing_at": formats.instant(upcoming.at),
        "issuing_date": invoice.issuing_date.isoformat(),
        "payment_due_date": invoice.payment_due_date.isoformat(),
        "currency": invoice.currency,
        "fees_amount_cents": invoice.fees_amount_cents,
        "progressive_billing_credit_amount_cents": invoice.progressive_billing_credit_amount_cents,
        "coupons_amount_cents": invoice.coupons_amount_cents,
        "sub_total_excluding_taxes_amount_cents": invoice.sub_total_excluding_taxes_amount_cents,
        "taxes_amount_cents": invoice.taxes_amount_cents,
        "sub_total_including_taxes_amount_cents": invoice.sub_total_including_taxes_amount_cents,
        "credit_notes_amount_cents": invoice.credit_notes_amount_cents,
        "prepaid_credit_amount_cents": invoice.prepaid_credit_amount_cents,
        "total_amount_cents": invoice.total_amount_cents,
        "fees": [_fee(item.fee) for item in upcoming.draft.fees],
    }


def _fee(fee: Fee) -> UpcomingFee:
    return {
        "type": fee.fee_type,
        "code": fee.item_code,
        "invoice_display_name": str(fee),
        "grouped_by": fee.grouped_by,
        "units": formats.decimal_string(fee.units),
        "events_count": fee.events_count,
        "amount_cents": fee.amount_cents,
        "taxes_amount_cents": fee.taxes_amount_cents,
        "from_date": formats.instant(fee.from_at),
        "to_date": formats.instant(fee.to_at - MOMENT) if fee.to_at else None,
        "external_subscription_id": fee.subscription.external_id if fee.subscription else None,
    }
