"""Campaigns of reminders: made, applied, and how far they have come with a customer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import refuse
from billing_site.core.money import CURRENCIES
from customers.models import BillingEntity, Customer, DunningCampaign, DunningState, DunningThreshold


@transaction.atomic
def create(
    code: str,
    *,
    now: datetime,
    thresholds: Mapping[str, int],
    days_between_attempts: int = 1,
    max_attempts: int = 1,
    bcc_emails: Sequence[str] = (),
) -> DunningCampaign:
    """
    Make a campaign that asks from these overdue balances on (minor units by currency).

    :raises Invalid: if the code is taken, or there is no threshold, or it would never ask
    """
    _check(code, thresholds)
    refuse(
        {
            ("max_attempts", "value_is_out_of_range"): max_attempts < 1,
            ("days_between_attempts", "value_is_out_of_range"): days_between_attempts < 1,
        }
    )
    campaign: DunningCampaign = DunningCampaign.objects.create(
        code=code,
        name=code.replace("_", " ").capitalize(),
        days_between_attempts=days_between_attempts,
        max_attempts=max_attempts,
        bcc_emails=list(bcc_emails),
        created_at=now,
        updated_at=now,
    )
    DunningThreshold.objects.bulk_create(
        DunningThreshold(campaign=campaign, currency=currency, amount_cents=cents)
        for currency, cents in thresholds.items()
    )
    activity.record("dunning_campaign.created", campaign, now=now)
    return campaign


@transaction.atomic
def apply_to_entity(
    entity: BillingEntity, campaign: DunningCampaign | None, *, now: datetime, reason: str = ""
) -> None:
    """Have the customers of a billing entity reminded by a campaign, or by none."""
    before = entity.dunning_campaign
    entity.dunning_campaign, entity.updated_at = campaign, now
    entity.save(update_fields=["dunning_campaign", "updated_at"])
    changes = {"dunning_campaign": (before, campaign)}
    activity.record("billing_entity.updated", entity, now=now, changes=changes, reason=reason)


@transaction.atomic
def apply_to_customer(
    customer: Customer, campaign: DunningCampaign | None, *, is_excluded: bool, now: datetime, reason: str = ""
) -> None:
    """Have a customer reminded by a campaign of its own, by its billing entity's, or not at all."""
    customer = Customer.objects.lock(customer.pk)
    before = activity.snapshot(customer, ("dunning_campaign", "exclude_from_dunning_campaign"))
    customer.dunning_campaign, customer.exclude_from_dunning_campaign = campaign, is_excluded
    customer.updated_at = now
    customer.save(update_fields=["dunning_campaign", "exclude_from_dunning_campaign", "updated_at"])
    changes = activity.differences(before, customer)
    activity.record("customer.updated", customer, now=now, changes=changes, reason=reason)


def count(customer: Customer, currencies: Sequence[str], *, now: datetime) -> dict[str, int]:
    """Count an attempt in each of these currencies, and return all counts. The caller holds the customer."""
    state = DunningState.objects.filter(customer=customer).first() or DunningState(customer=customer)
    for currency in currencies:
        state.attempts[currency] = state.attempts.get(currency, 0) + 1
    state.last_attempt_at = now
    state.save()
    return dict(state.attempts)


def begin_anew(customer_id: int, currency: str) -> None:
    """Forget how often a customer was asked in a currency, since it has paid."""
    for state in DunningState.objects.filter(customer_id=customer_id).select_for_update():
        state.attempts.pop(currency, None)
        if not state.attempts:
            state.last_attempt_at = None
        state.save()


def _check(code: str, thresholds: Mapping[str, int]) -> None:
    known = all(currency in CURRENCIES and cents > 0 for currency, cents in thresholds.items())
    refuse(
        {
            ("code", "value_already_exist"): DunningCampaign.objects.live().filter(code=code).exists(),
            ("code", "value_is_mandatory"): not code,
            ("thresholds", "value_is_mandatory"): not thresholds,
            ("thresholds", "value_is_invalid"): not known,
        }
    )
