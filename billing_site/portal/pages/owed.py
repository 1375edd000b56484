"""What a customer owes, and whether it can be paid here."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from billing_site.portal.visits import Visit
from invoicing.models import Invoice
from invoicing.services.payments import providers


@dataclass(frozen=True, slots=True)
class Owed:
    """What is due in one currency, as written."""

    currency: str
    due: str
    overdue: str  # empty where nothing is
    overdue_count: int
    count: int


def owed(visit: Visit) -> Sequence[Owed]:
    """Return what is due, by currency; partners' own bills are theirs to collect."""
    rows = Invoice.objects.filter(customer=visit.customer, status=Invoice.Status.FINALIZED, self_billed=False)
    due = F("total_amount_cents") - F("total_paid_amount_cents") - F("offset_amount_cents")
    late = Q(payment_overdue=True)
    sums = (
        rows.exclude(payment_status=Invoice.PaymentStatus.SUCCEEDED)
        .annotate(due=due)
        .filter(due__gt=0)
        .values("currency")
        .annotate(
            cents=Sum("due"), late=Sum("due", filter=late), count=Count("pk"), late_count=Count("pk", filter=late)
        )
    )
    return [
        Owed(
            currency=row["currency"],
            due=visit.amount(row["cents"], row["currency"]),
            overdue=visit.amount(row["late"], row["currency"]) if row["late"] else "",
            overdue_count=row["late_count"],
            count=row["count"],
        )
        for row in sums.order_by("currency")
    ]


def can_pay(visit: Visit) -> bool:
    """Test if the customer pays by a provider, whose pages take cards."""
    return providers.provider_of(visit.customer) is not None
