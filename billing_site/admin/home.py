"""The home page: what needs attention first, then money."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.utils import timezone

from billing_site.admin.outlooks import plan_fees
from billing_site.admin.recurring import first_of, recurring_revenue
from billing_site.core import money
from billing_site.core.admin.base import SEE_ALL
from billing_site.core.admin.panels import Chart, Facts, Page, Panel, Table, link, list_address, list_link
from billing_site.core.admin.shown import shown_day, shown_local_day, shown_money
from billing_site.core.models import Activity, Email, StaffRequest
from billing_site.core.periods import local_date
from customers.models import BillingEntity
from customers.selectors import preferences
from invoicing.models import Dispute, InboundEvent, Invoice, LateUsage, ParkedCustomer, Payment, ProviderRecord
from invoicing.services.payments import reconciling
from plans.models import Subscription
from webhooks.models import Delivery, WebhookEndpoint

MOST_COUNTED, SHOWN, MONTHS = 999, 8, 6
WEEK = timedelta(days=7)


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the panels of the home page, for those who may see the books."""
    if request.user.has_perm(SEE_ALL):  # type: ignore[union-attr]
        context["home"] = page(now=timezone.now())
        context["title"] = "Home"
    return context


def page(*, now: datetime) -> Page:
    """Return the panels; the number of queries does not depend on how much there is."""
    entity = BillingEntity.objects.filter(is_default=True).first()
    today = local_date(now, entity.timezone if entity else "UTC")
    months = _revenue(today)
    main: list[Panel] = [
        _attention(),
        _money(months, today),
        *_charts(months, today),
        *recurring_revenue(today, months=MONTHS),
        _overdue(),
    ]
    return Page(main=main, side=[_trials(now), _drafts()])


def _attention() -> Table:
    rows = [(list_link(address, what), do, _count(found)) for what, do, found, address in _troubles() if found.exists()]
    return Table(
        "Needs attention",
        ("What", "What to do", "How many"),
        rows,
        empty="Nothing. Everything is billed, mailed and paid in time.",
        numeric=frozenset({2}),
    )


def _troubles() -> "list[tuple[str, str, QuerySet[Any], str]]":
    """Return what may need attention: what it is, what to do, the rows and where they are listed."""
    overdue = Invoice.objects.filter(status="finalized", payment_overdue=True).exclude(payment_status="succeeded")
    return [
        ("Acts that wait for a second person", "Look at what would happen, then approve or reject",
         StaffRequest.objects.filter(state="waiting"), list_address(StaffRequest, "state__exact=waiting")),
        ("Customers that could not be billed", "Read the reason, mend it, bill again",
         ParkedCustomer.objects.all(), list_address(ParkedCustomer)),
        ("Mails that did not go out", "Look at the error and send again",
         Email.objects.filter(state="parked"), list_address(Email, "state__exact=parked")),
        ("Things that failed after they happened", "Try them again",
         Activity.objects.filter(state="parked"), list_address(Activity, "state__exact=parked")),
        ("Webhook endpoints that fail", "Have the receiver mended, then let it go on",
         WebhookEndpoint.objects.live().filter(state="parked"), list_address(WebhookEndpoint, "state__exact=parked")),
        ("Webhooks that did not arrive", "Look at the answers and send again",
         Delivery.objects.filter(state="parked", endpoint__deleted_at=None),
         list_address(Delivery, "state__exact=parked")),
        ("Invoices overdue", "Remind the customer", overdue, list_address(Invoice, "payment_overdue__exact=1")),
        ("Payments of which nobody knows what became", "They are asked for again; look at the provider's page",
         Payment.objects.filter(state="unknown"), list_address(Payment, "state__exact=unknown")),
        ("Messages of providers that could not be handled", "Look at the error",
         InboundEvent.objects.filter(state="parked"), list_address(InboundEvent, "state__exact=parked")),
        ("Differences from a provider's book", "Mend what is wrong, or accept it and say why",
         reconciling.waiting(), list_address(ProviderRecord, "accepted_at__isnull=1")),
        ("Payments that a bank asks back", "Answer on the provider's page",
         Dispute.objects.filter(state="open"), list_address(Dispute, "state__exact=open")),
        ("Payments of more than was due", "Give the rest back, or let it pay something else",
         Payment.objects.filter(unapplied_amount_cents__gt=0),
         list_address(Payment, "unapplied_amount_cents__gt=0")),
        ("Usage that came in after its invoice", "Have it billed with the next invoice, or give it up",
         LateUsage.objects.filter(status="listed", is_priced=True), list_address(LateUsage, "status__exact=listed")),
        ("Drafts to look at", "They become final by themselves when their days are over",
         Invoice.objects.filter(status="draft"), list_address(Invoice, "draft=all")),
    ]  # fmt: skip


def _count(rows: "QuerySet[Any]") -> str:
    """Return how many there are, counting no further than a person cares."""
    found = rows[: MOST_COUNTED + 1].count()
    return f"more than {MOST_COUNTED}" if found > MOST_COUNTED else str(found)


def _revenue(today: date) -> dict[str, dict[date, tuple[int, int]]]:
    """Return by currency and month what final invoices came to before taxes, in minor units, and how many they were."""
    begin = first_of(today, MONTHS - 1)
    final = Invoice.objects.filter(status="finalized", issuing_date__gte=begin).annotate(
        month=TruncMonth("issuing_date")
    )
    sums = final.values("currency", "month").annotate(
        cents=Sum("sub_total_excluding_taxes_amount_cents"), count=Count("id")
    )
    found: dict[str, dict[date, tuple[int, int]]] = {}
    for row in sums.order_by("currency", "month"):
        found.setdefault(row["currency"], {})[row["month"]] = (row["cents"], row["count"])
    return dict(sorted(found.items(), key=lambda item: -sum(count for _, count in item[1].values())))


def _money(months: dict[str, dict[date, tuple[int, int]]], today: date) -> Facts:
    this, last = first_of(today, 0), first_of(today, 1)
    rows = [
        (
            f"Revenue of {this:%B}, {currency}",
            shown_money(by_month.get(this, (0, 0))[0], currency),
            f"{last:%B}: {shown_money(by_month.get(last, (0, 0))[0], currency)}",
        )
        for currency, by_month in months.items()
    ]
    return Facts("Revenue, before taxes", rows or [("Revenue", "nothing yet", "It comes with the first invoice.")])


def _charts(months: dict[str, dict[date, tuple[int, int]]], today: date) -> list[Chart]:
    shown = [first_of(today, back) for back in range(MONTHS - 1, -1, -1)]
    return [
        Chart(
            f"Revenue by month, {currency}",
            [f"{month:%b %Y}" for month in shown],
            {"Revenue": [money.to_amount(by_month.get(month, (0, 0))[0], currency) for month in shown]},
        )
        for currency, by_month in list(months.items())[:1]
    ]


def _overdue() -> Table:
    late = Invoice.objects.filter(status="finalized", payment_overdue=True).exclude(payment_status="succeeded")
    rows = late.select_related("customer").order_by("payment_due_date", "id")[:SHOWN]
    return Table(
        "Longest overdue",
        ("Invoice", "Customer", "Was due", "Left to pay"),
        [
            (link(row), link(row.customer), shown_day(row.payment_due_date), _left(row))
            for row in rows
        ],
        empty="Nothing is overdue.",
        numeric=frozenset({3}),
        more=list_address(Invoice, "payment_overdue__exact=1"),
    )  # fmt: skip


def _left(invoice: Invoice) -> str:
    return shown_money(invoice.total_due_amount_cents, invoice.currency)


def _trials(now: datetime) -> Table:
    ending = Subscription.objects.filter(status="active", trial_ends_at__gt=now, trial_ends_at__lte=now + WEEK)
    rows = list(ending.select_related("customer__billing_entity", "plan").order_by("trial_ends_at", "id")[:SHOWN])
    charges = plan_fees(rows, now=now)
    return Table(
        "Trials ending this week",
        ("Subscription", "Ends", "First charge"),
        [
            (
                link(row, str(row.customer)),
                shown_local_day(row.trial_ends_at, preferences.terms(row.customer).timezone),
                charges.get(row.pk, "–"),
            )
            for row in rows
        ],
        empty="None. Trials that end in the next seven days stand here with their first charge.",
        numeric=frozenset({2}),
        more=list_address(Subscription, "trial=week"),
    )


def _drafts() -> Table:
    drafts = Invoice.objects.filter(status="draft").select_related("customer")
    rows = drafts.order_by("expected_finalization_date", "id")[:SHOWN]
    return Table(
        "Drafts",
        ("Invoice", "Becomes final", "Total"),
        [
            (link(row, str(row.customer)), shown_day(row.expected_finalization_date), _left(row))
            for row in rows
        ],
        empty="None. Invoices of customers with days of grace wait here before they become final.",
        numeric=frozenset({2}),
        more=list_address(Invoice, "draft=all"),
    )  # fmt: skip
