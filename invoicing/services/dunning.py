"""
Reminders: who owes enough for long enough is asked again, a few times (table 1.19).

| question | answer |
|---|---|
| which campaign | the customer's own, else its billing entity's; none if it is excluded |
| who is asked | whose overdue balance in a currency has reached the campaign's threshold |
| when again | when more than the days between attempts have passed since the last one, in whichever currency |
| how often | at most `max_attempts` in each currency; paying begins anew |
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from billing_site.core import activity
from customers.models import Customer, DunningCampaign, DunningState
from customers.services import dunning
from invoicing.models import Invoice
from invoicing.services.payment_requests import creation

Balances = dict[str, int]


def remind_due(*, now: datetime) -> int:
    """Ask all customers whose turn it is, and return how many requests were made."""
    owing = _balances()
    customers = Customer.objects.live().filter(pk__in=owing, exclude_from_dunning_campaign=False)
    rows = customers.select_related("dunning_campaign", "billing_entity__dunning_campaign", "dunning")
    return sum(_remind(customer, owing[customer.pk], now) for customer in rows.order_by("pk") if _campaign(customer))


def _balances() -> dict[int, Balances]:
    """Return what is overdue by customer and currency."""
    late = Invoice.objects.filter(status=Invoice.Status.FINALIZED, payment_overdue=True, self_billed=False)
    due = F("total_amount_cents") - F("total_paid_amount_cents") - F("offset_amount_cents")
    sums = late.exclude(payment_status=Invoice.PaymentStatus.SUCCEEDED).values("customer_id", "currency")
    found: dict[int, Balances] = {}
    for row in sums.annotate(cents=Sum(due)).order_by("customer_id", "currency"):
        found.setdefault(row["customer_id"], {})[row["currency"]] = row["cents"]
    return found


def _campaign(customer: Customer) -> DunningCampaign | None:
    found: DunningCampaign | None = customer.dunning_campaign or customer.billing_entity.dunning_campaign
    return found if found and found.deleted_at is None else None


@transaction.atomic
def _remind(customer: Customer, balances: Balances, now: datetime) -> int:
    Customer.objects.lock(customer.pk)
    campaign, state = _campaign(customer), DunningState.objects.filter(customer=customer).first()
    assert campaign is not None
    pause = timedelta(days=campaign.days_between_attempts)
    if state and state.last_attempt_at and now <= state.last_attempt_at + pause:
        return 0
    attempts = state.attempts if state else {}
    reached = {row.currency for row in campaign.thresholds.all() if balances.get(row.currency, 0) >= row.amount_cents}
    asked = sorted(currency for currency in reached if attempts.get(currency, 0) < campaign.max_attempts)
    if not asked:
        return 0
    counts = dunning.count(customer, asked, now=now)
    made = sum(_ask(customer, currency, campaign, now) for currency in asked)
    if all(count >= campaign.max_attempts for count in counts.values()):
        activity.record("dunning_campaign.finished", customer, now=now, details=_finished(campaign, asked, balances))
    return made


def _finished(campaign: DunningCampaign, asked: list[str], balances: Balances) -> dict[str, Any]:
    """Return in Lago's words what is still overdue, though all was tried: in one of the currencies, and in each."""
    by_currency = [{"amount_cents": cents, "currency": currency} for currency, cents in sorted(balances.items())]
    return {
        "dunning_campaign_code": campaign.code,
        "overdue_balance_cents": balances[asked[0]],
        "overdue_balance_currency": asked[0],
        "overdue_balances": by_currency,
    }


def _ask(customer: Customer, currency: str, campaign: DunningCampaign, now: datetime) -> int:
    """Ask once for each billing entity that the customer owes."""
    by_entity: dict[int, list[Invoice]] = {}
    for invoice in creation.overdue(customer, currency):
        by_entity.setdefault(invoice.billing_entity_id, []).append(invoice)
    for invoices in by_entity.values():
        ids = [invoice.lago_id for invoice in invoices]
        creation.create(customer, ids, now=now, dunning_campaign=campaign)
    return len(by_entity)
