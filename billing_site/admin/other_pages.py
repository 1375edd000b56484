"""The pages of a subscription and an invoice."""

from datetime import datetime

from django.urls import reverse

from billing_site.admin import thresholds
from billing_site.admin.next_invoice import next_invoice_panel
from billing_site.admin.outlooks import first_charge
from billing_site.admin.payments import payments_table
from billing_site.core.admin.panels import Facts, Page, Table, asked_moment, link, list_link
from billing_site.core.admin.shown import shown_day, shown_local_day, shown_moment, shown_money, shown_number
from billing_site.core.models import Email
from billing_site.core.periods import MOMENT
from customers.selectors import preferences
from invoicing.models import Fee, Invoice, Payment
from invoicing.services import previews
from plans.models import Plan, Subscription

SHOWN = 10


def subscription_page(subscription: Subscription, *, now: datetime, on: str = "") -> Page:
    """Return what a subscription is, what comes next and what it was billed."""
    zone = preferences.terms(subscription.customer).timezone
    at = asked_moment(on, zone)
    upcoming = previews.upcoming_of([subscription], now=now, at=at).get(subscription.customer_id, [])
    ends = subscription.terminated_at or subscription.ending_at
    rows = [
        ("Customer", link(subscription.customer), zone),
        ("Plan", link(subscription.plan), plan_fee(subscription.plan)),
        ("Status", *_status(subscription, zone)),
        ("Ends", shown_moment(ends, zone) if ends else "goes on", ""),
    ]
    if subscription.change_at is not None:
        waiting = subscription.next_subscriptions.filter(status="pending").select_related("plan").first()
        rows.append(("Plan changes", shown_moment(subscription.change_at, zone), link(waiting and waiting.plan)))
    if subscription.trial_ends_at and subscription.trial_ends_at > now:
        charge = first_charge(subscription, now=now, zone=zone)
        note = f"first charge {charge.get('Plan fee', '')} on {charge['Date']}"
        rows.append(("Trial ends", shown_moment(subscription.trial_ends_at, zone), note))
    invoices = Invoice.objects.filter(invoice_subscriptions__subscription=subscription).exclude(status="closed")
    return Page(
        main=[Facts("At a glance", rows), _invoices(invoices.order_by("-issuing_date", "-id")[:SHOWN])],
        side=[next_invoice_panel(upcoming, zone=zone, on=on), *thresholds.of_subscription(subscription, now=now)],
    )


def _status(subscription: Subscription, zone: str) -> tuple[str, str]:
    if subscription.paused_at:
        return "paused", f"since {shown_local_day(subscription.paused_at, zone)}"
    return subscription.get_status_display(), f"since {shown_local_day(subscription.started_at, zone)}"


def plan_fee(plan: Plan) -> str:
    """Return the plan's fee in words."""
    return f"{shown_money(plan.amount_cents, plan.amount_currency)} a {plan.get_interval_display()}"


def invoice_page(invoice: Invoice, *, now: datetime) -> Page:
    """Return an invoice as the customer sees it, with what was mailed of it."""
    currency = invoice.currency
    facts = Facts(
        "At a glance",
        [
            ("Customer", link(invoice.customer), ""),
            ("Total", shown_money(invoice.total_amount_cents, currency), invoice.get_status_display()),
            ("Left to pay", shown_money(invoice.total_due_amount_cents, currency), _payment(invoice)),
            ("Date", shown_day(invoice.issuing_date), f"to be paid by {shown_day(invoice.payment_due_date)}"),
        ],
    )
    mails = Email.objects.filter(subject_type="invoicing.invoice", subject_id=invoice.pk).order_by("-id")[:SHOWN]
    mailed = Table(
        "Mails",
        ("Mail", "To", "State"),
        [(link(row), ", ".join(row.recipients), row.get_state_display()) for row in mails],
        empty="It was not mailed. A final invoice is, if the customer has an address.",
    )
    payments = Payment.objects.filter(allocations__invoice=invoice)
    return Page(main=[facts, _lines(invoice), payments_table(payments, invoice.timezone), mailed])


def _lines(invoice: Invoice) -> Table:
    return Table(
        "Lines",
        ("Line", "Time", "Units", "Amount"),
        [
            (
                list_link(
                    reverse("admin:invoicing_invoice_line", args=[invoice.pk, fee.pk]),
                    str(fee) + (f" ({', '.join(map(str, fee.grouped_by.values()))})" if fee.grouped_by else ""),
                ),
                _time(fee, invoice.timezone),
                shown_number(fee.units),
                shown_money(fee.amount_cents, invoice.currency),
            )
            for fee in invoice.fees.order_by("pk")[:200]
        ],
        empty="No lines: nothing was used and no fee was due.",
        note="Open a line to see why it is as high as it is." if invoice.fees_amount_cents else "",
        numeric=frozenset({2, 3}),
        foot=[("", "", label, shown_money(cents, invoice.currency)) for label, cents in _sums(invoice)],
    )


def _time(fee: Fee, zone: str) -> str:
    if fee.from_at is None or fee.to_at is None:
        return "–"
    return f"{shown_local_day(fee.from_at, zone)} – {shown_local_day(fee.to_at - MOMENT, zone)}"


def _sums(invoice: Invoice) -> list[tuple[str, int]]:
    taxes = [(f"{row.name} {shown_number(row.rate)} %", row.amount_cents) for row in invoice.taxes.order_by("pk")]
    before = ("Usage billed before", -invoice.progressive_billing_credit_amount_cents)
    middle = [before, ("Discounts", -invoice.coupons_amount_cents), *taxes]
    return [
        ("Sum", invoice.fees_amount_cents),
        *[row for row in middle if row[1]],
        ("Total", invoice.total_amount_cents),
    ]


def _payment(invoice: Invoice) -> str:
    return "overdue" if invoice.payment_overdue else invoice.get_payment_status_display()


def _invoices(rows: object) -> Table:
    return Table(
        "Invoices",
        ("Invoice", "Date", "Status", "Total"),
        [
            (link(row), shown_day(row.issuing_date), _state(row), _total(row))
            for row in rows  # type: ignore[attr-defined]
        ],
        empty="Not billed yet.",
        numeric=frozenset({3}),
    )


def _state(invoice: Invoice) -> str:
    is_early = invoice.invoice_type == Invoice.Type.PROGRESSIVE_BILLING
    return f"{invoice.get_status_display()}, at a usage threshold" if is_early else invoice.get_status_display()


def _total(invoice: Invoice) -> str:
    return shown_money(invoice.total_amount_cents, invoice.currency)
