"""What deals have cost so far, and what those who took them pay now: a query each, whatever their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import TruncMonth

from credits.models import Deal, DealRedemption, Wallet
from invoicing.models import Invoice, InvoiceCredit


@dataclass(frozen=True, slots=True)
class Cost:
    """Minor units of one currency: what the discount took off invoices, and what was paid with the credits."""

    currency: str
    discount_cents: int = 0
    credits_cents: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """Who took a deal in a month, and how many of them have been billed more than nothing since."""

    begins: datetime
    taken: int
    paying: int


def of_deal(deal: Deal) -> list[Cost]:
    """Return what a deal has cost, by currency."""
    discounts = _discounts({"applied_coupon__deal_redemption__deal": deal}, "invoice__currency")
    wallets = Wallet.objects.filter(deal_redemption__deal=deal).values_list("currency")
    used = dict(wallets.annotate(cents=Sum("consumed_amount_cents")))
    currencies = sorted({*discounts, *used})
    return [Cost(currency, discounts.get(currency, 0), used.get(currency, 0)) for currency in currencies]


def by_redemption(rows: Iterable[DealRedemption]) -> dict[int, Cost]:
    """Return by key what each has cost; their wallets are read with them."""
    taken = list(rows)
    key = "applied_coupon__deal_redemption"
    discounts = _discounts({f"{key}__in": [row.pk for row in taken]}, key)
    found = {}
    for row in taken:
        used = row.wallet.consumed_amount_cents if row.wallet else 0
        found[row.pk] = Cost(row.deal.currency or row.customer.currency, discounts.get(row.pk, 0), used)
    return found


def _discounts(who: Mapping[str, Any], by: str) -> dict[Any, int]:
    credits = InvoiceCredit.objects.filter(**who, invoice__status=Invoice.Status.FINALIZED)
    return dict(credits.values_list(by).annotate(cents=Sum("amount_cents")))


def latest_invoices(customer_ids: Iterable[int]) -> dict[int, Invoice]:
    """Return by customer the latest final invoice for subscriptions: what they pay now."""
    rows = Invoice.objects.filter(
        customer_id__in=set(customer_ids),
        status=Invoice.Status.FINALIZED,
        invoice_type=Invoice.Type.SUBSCRIPTION,
    )
    latest = rows.order_by("customer_id", "-issuing_date", "-id").distinct("customer_id")
    return {invoice.customer_id: invoice for invoice in latest}


def conversion(deal: Deal) -> list[Month]:
    """Return who took the deal by month, oldest first, and who of them pays."""
    billed = Invoice.objects.filter(
        customer=OuterRef("customer"), status=Invoice.Status.FINALIZED, total_amount_cents__gt=0,
        created_at__gte=OuterRef("created_at"),
    )  # fmt: skip
    rows = DealRedemption.objects.filter(deal=deal, taken_back_at=None).annotate(pays=Exists(billed))
    months = rows.values(month=TruncMonth("created_at")).annotate(
        taken=Count("pk"), paying=Count("pk", filter=Q(pays=True))
    )
    return [Month(row["month"], row["taken"], row["paying"]) for row in months.order_by(F("month"))]
