"""The customer's page: what they owe, what comes next, what they have and use, what was invoiced and mailed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from billing_site.admin.next_invoice import next_invoice_panel
from billing_site.admin.payments import payments_table
from billing_site.admin.portal import portal_panel
from billing_site.core import money
from billing_site.core.admin.panels import Chart, Facts, Page, Panel, Table, asked_moment, link, list_address
from billing_site.core.admin.shown import shown_day, shown_local_day, shown_money, shown_number
from billing_site.core.models import Email
from credits.admin.deal_giving import given_words
from credits.admin.discounts import how_often, worth
from credits.admin.wallet_actions import living, wallet_words
from credits.models import AppliedCoupon, DealRedemption, Wallet
from customers.models import Customer
from customers.selectors import preferences
from invoicing.models import Invoice, Payment
from invoicing.selectors import due as due_selectors
from invoicing.services import previews
from plans.calculations.schedules import running_usage
from plans.models import Charge, Subscription
from plans.selectors import charges as priced
from plans.selectors.rating import RatingRequest, rate
from plans.selectors.schedules import schedule_of

SHOWN = 8
Status = Subscription.Status
LIVING = (Status.ACTIVE, Status.PENDING)


def page(customer: Customer, *, now: datetime, on: str = "") -> Page:
    """Return the panels; the number of queries does not depend on how much the customer has."""
    zone = preferences.terms(customer).timezone
    at = asked_moment(on, zone)
    upcoming = previews.upcoming([customer.pk], now=now, at=at).get(customer.pk, [])
    subscriptions = list(Subscription.objects.filter(customer=customer).order_by("-id")[:SHOWN])
    due_selectors.attach(subscriptions)
    invoices = list(
        Invoice.objects.filter(customer=customer).exclude(status="closed").order_by("-issuing_date", "-id")[:24]
    )
    main: list[Panel] = [_at_a_glance(customer, upcoming, zone), _subscriptions(customer, subscriptions, zone)]
    main += [_usage(subscriptions, now), _invoiced(invoices), _invoices(customer, invoices[:SHOWN])]
    main.append(payments_table(Payment.objects.filter(customer=customer), zone))
    return Page(
        main=main,
        side=[
            next_invoice_panel(upcoming, zone=zone, on=on),
            portal_panel(customer),
            _wallets(customer),
            _discounts(customer),
            *_deals(customer),
            _mails(customer, zone),
        ],
    )


def _at_a_glance(customer: Customer, upcoming: Sequence[previews.Upcoming], zone: str) -> Facts:
    open_invoices = Invoice.objects.filter(customer=customer, status="finalized").exclude(payment_status="succeeded")
    due = F("total_amount_cents") - F("total_paid_amount_cents") - F("offset_amount_cents")
    rows = list(open_invoices.values("currency", "payment_overdue").annotate(cents=Sum(due)).order_by("currency"))
    overdue = [shown_money(row["cents"], row["currency"]) for row in rows if row["payment_overdue"]]
    owed: dict[str, int] = {}
    for row in rows:
        owed[row["currency"]] = owed.get(row["currency"], 0) + row["cents"]
    balance = ", ".join(shown_money(cents, currency) for currency, cents in owed.items())
    coming = ", ".join(
        shown_money(item.draft.invoice.total_amount_cents, item.draft.invoice.currency) for item in upcoming
    )
    return Facts(
        "At a glance",
        [
            ("Balance due", balance or "nothing", f"{', '.join(overdue)} of it overdue" if overdue else "none overdue"),
            ("Next invoice", coming or "none is due", shown_local_day(upcoming[0].at, zone) if upcoming else ""),
            ("Where", ", ".join(part for part in (customer.city, customer.country) if part) or "–", zone),
            ("Mail", customer.email or "none: nothing can be mailed", f"customer id {customer.external_id}"),
        ],
    )


def _subscriptions(customer: Customer, rows: Sequence[Subscription], zone: str) -> Table:
    return Table(
        "Subscriptions",
        ("Subscription", "Plan", "Status", "Trial ends", "Next billing"),
        [
            (
                link(row),
                link(row.plan),
                row.get_status_display(),
                shown_local_day(row.trial_ends_at, zone),
                shown_local_day(row.billing_at or row.subscription_at, zone) if row.status in LIVING else "–",
            )
            for row in rows
        ],
        empty="No subscription yet. Subscribe them to a plan over the API: POST /api/v1/subscriptions.",
        more=list_address(Subscription, f"customer__id__exact={customer.pk}"),
    )


def _usage(subscriptions: Sequence[Subscription], now: datetime) -> Table:
    running = [row for row in subscriptions if row.status == Status.ACTIVE]
    charges: dict[int, list[Charge]] = {}
    for charge in priced.with_prices(Charge.objects.live().filter(plan_id__in={row.plan_id for row in running})):
        charges.setdefault(charge.plan_id, []).append(charge)
    rated = rate(
        RatingRequest(row, charges.get(row.plan_id, ()), running_usage(schedule_of(row), now)) for row in running
    )
    rows: list[Sequence[Any]] = []
    for row, items in zip(running, rated, strict=True):
        for item in items:
            amount = shown_money(item.amount_cents, row.plan.amount_currency)
            name = item.charge.invoice_display_name or item.charge.billable_metric.name
            rows.append((name, link(row), shown_number(item.usage.units), amount))
    return Table(
        "Usage this period",
        ("What", "Subscription", "Units", "Comes to"),
        rows,
        empty="Nothing used yet. Usage comes in as events: POST /api/v1/events.",
        numeric=frozenset({2, 3}),
        note="So far, before discounts and taxes.",
    )


def _invoiced(invoices: Sequence[Invoice]) -> Chart:
    currency = invoices[0].currency if invoices else ""
    months: dict[str, Decimal] = {}
    for row in reversed([row for row in invoices if row.currency == currency]):
        month = f"{row.issuing_date:%b %Y}"
        months[month] = months.get(month, Decimal(0)) + shown_amount(row)
    return Chart(
        f"Invoiced by month{f', {currency}' if currency else ''}",
        list(months),
        {"Invoiced": list(months.values())},
        empty="Nothing invoiced yet.",
    )


def shown_amount(invoice: Invoice) -> Decimal:
    """Return an invoice's total in major units."""
    return money.to_amount(invoice.total_amount_cents, invoice.currency)


def _invoices(customer: Customer, rows: Sequence[Invoice]) -> Table:
    return Table(
        "Invoices",
        ("Invoice", "Date", "Status", "Payment", "Total"),
        [
            (
                link(row),
                shown_day(row.issuing_date),
                row.get_status_display(),
                "overdue" if row.payment_overdue else row.get_payment_status_display(),
                shown_money(row.total_amount_cents, row.currency),
            )
            for row in rows
        ],
        empty="No invoice yet. The billing run makes the first one when something is due.",
        numeric=frozenset({4}),
        more=list_address(Invoice, f"customer__id__exact={customer.pk}"),
    )


def _wallets(customer: Customer) -> Table:
    return Table(
        "Prepaid credits",
        ("Wallet", "Holds"),
        [(link(wallet), wallet_words(wallet)) for wallet in living(customer)],
        empty="None. “Grant credits” above gives some; “Make a wallet” says what a credit is worth.",
        more=list_address(Wallet, f"customer__id__exact={customer.pk}"),
    )


def _discounts(customer: Customer) -> Table:
    given = AppliedCoupon.objects.filter(customer=customer).select_related("coupon").order_by("status", "-id")[:SHOWN]
    return Table(
        "Discounts",
        ("Discount", "Takes off", "Status"),
        [(link(row), f"{worth(row)}, {how_often(row)}", row.get_status_display()) for row in given],
        empty="None. “Give a discount” above gives one.",
    )


def _deals(customer: Customer) -> list[Panel]:
    rows = DealRedemption.objects.filter(customer=customer).select_related("deal").order_by("-id")[:SHOWN]
    had = [(link(row), given_words(row)) for row in rows]
    return [Table("Deals", ("Deal", "They have"), had, empty="")] if had else []


def _mails(customer: Customer, zone: str) -> Table:
    mails = Email.objects.filter(customer_id=customer.pk).order_by("-id")[:SHOWN]
    return Table(
        "Mails",
        ("Mail", "State"),
        [
            (link(row), f"{row.get_state_display()} {shown_local_day(row.sent_at, zone) if row.sent_at else ''}")
            for row in mails
        ],
        empty="None sent yet. Invoices are mailed when they become final and the customer has an address.",
    )
