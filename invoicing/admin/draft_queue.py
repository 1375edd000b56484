"""Drafts in a queue: those that look right are made final all at once, the others say what is odd about them."""

from typing import Any

from django.db.models import Avg, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from unfold.contrib.filters.admin import RadioFilter

from billing_site.core.admin.shown import shown_money
from invoicing.models import Invoice

SAFE, ODD, ALL = "safe", "odd", "all"
JUMP = 2  # a total that is twice what it is on average, or half of it, is looked at


def with_usual(drafts: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
    """Add to drafts what the customer's final invoices come to on average in that currency, in minor units."""
    final = Invoice.objects.filter(
        customer=OuterRef("customer"), currency=OuterRef("currency"), status=Invoice.Status.FINALIZED,
        invoice_type=OuterRef("invoice_type"),
    )  # fmt: skip
    usual = final.order_by().values("customer").annotate(usual=Avg("total_amount_cents")).values("usual")
    return drafts.annotate(usual_cents=Subquery(usual))


def is_odd() -> Q:
    """Return which drafts, with their usual amount, are to be looked at."""
    jumps = Q(total_amount_cents__gt=F("usual_cents") * JUMP) | Q(total_amount_cents__lt=F("usual_cents") / JUMP)
    return (
        Q(total_amount_cents=0) | jumps | Q(customer__tax_identification_number="", customer__customer_type="company")
    )


def flags(draft: Invoice) -> list[str]:
    """Return in words what is odd about a draft."""
    found = []
    usual, total, customer = getattr(draft, "usual_cents", None), draft.total_amount_cents, draft.customer
    if total == 0:
        found.append("comes to nothing")
    if usual is not None and (total > usual * JUMP or total < usual / JUMP):
        found.append(f"usually {shown_money(round(usual), draft.currency)}")
    if customer.customer_type == "company" and not customer.tax_identification_number:
        found.append("no tax id")
    return found


class DraftFilter(RadioFilter):
    """Drafts, those that look right, those to be looked at."""

    title, parameter_name = "drafts", "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [(SAFE, "that look right"), (ODD, "to be looked at"), (ALL, "all")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
        """Return the drafts of a choice, each with its usual amount."""
        if self.value() not in (SAFE, ODD, ALL):
            return queryset
        drafts = with_usual(queryset.filter(status=Invoice.Status.DRAFT))
        odd = drafts.filter(is_odd()).values("pk")
        if self.value() == SAFE:
            return drafts.exclude(pk__in=odd)
        return drafts.filter(pk__in=odd) if self.value() == ODD else drafts
