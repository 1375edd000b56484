"""Giving a deal, to one customer or to many, and taking it back."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q

from billing_site.core import locks
from billing_site.core.admin import acts
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.fields import one_of, paragraph
from billing_site.core.admin.forms import ActionForm
from billing_site.core.errors import BillingError, Invalid
from billing_site.core.models import Activity, StaffAct
from credits.admin.deal_actions import customers_named, gifts
from credits.models import Deal, DealRedemption
from credits.services import deals, redemptions
from customers.models import Customer

OFFERED, SHOWN = 20, 100
REASONS = ("Start-up programme", "Agreed in the contract", "They came by a partner")
WHAT_STAYS = "What invoices have been made with stays."


def words(deal: Deal) -> str:
    """Return what a deal gives, in a line."""
    return "; ".join(f"{label.lower()}: {gift}" for label, gift in gifts(deal).items())


def given_words(taken: DealRedemption) -> str:
    """Return what of a deal a customer has, in a line."""
    if taken.taken_back_at is not None:
        return "taken back"
    parts = ["the discount"] if taken.applied_coupon_id else []
    parts += ["the credits"] if taken.wallet_id else []
    parts += [f"{taken.trial_days} days of trial"] if taken.trial_days else []
    parts += ["the prices"] if taken.prices_given else []
    parts += ["a new subscription"] if taken.is_subscribed else []
    return ", ".join(parts) or "nothing that they had not"


class _Giving(StaffAction):
    permission, activity_type = "core.give_discounts", "deal.redeemed"
    must_say_why = True
    icon, confirm = "loyalty", "Give it"
    reasons: Sequence[str] = REASONS
    undo_until = "as long as it was not taken back; what invoices were made with by then stays"


class DealChoiceForm(ActionForm):
    deal = one_of("Which deal")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = Deal.objects.live().filter(Q(expiration_at=None) | Q(expiration_at__gt=self.now))
        if self.subject.currency:
            live = live.filter(currency__in=("", self.subject.currency))
        rows = live.select_related("plan", "coupon").order_by("-id")[:OFFERED]
        self.fields["deal"].choices = [(str(deal.pk), f"{deal.name} ({words(deal)})") for deal in rows]  # type: ignore[attr-defined]


@staff_action
class GiveDealTo(_Giving):
    slug, title = "give-deal", "Give a deal"
    subject, form = Customer, DealChoiceForm
    asked_by = dict.fromkeys(("deal", "customer", "subscription", "currency"), "deal")

    def note(self, subject: Customer, *, now: datetime) -> str:
        return "" if Deal.objects.live().exists() else "There is no deal yet. Make one first, under Credits, Deals."

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        deal = Deal.objects.live().get(pk=answers["deal"])
        return redemptions.give(subject, deal, now=now, reason=reason)

    def facts(self, subject: Customer, *, now: datetime) -> Mapping[str, str]:
        rows = DealRedemption.objects.filter(customer=subject, taken_back_at=None).select_related("deal").order_by("pk")
        return {"Deals": "\n".join(f"{row}: {given_words(row)}" for row in rows)}

    def goes_to(self, subject: Customer, made: Any) -> Customer:
        return subject

    def undo_obstacle(self, subject: Customer, act: StaffAct, *, now: datetime) -> str:
        taken = acts.made_by(act)
        return "" if taken is not None and taken.taken_back_at is None else "The deal was taken back."

    def take_back(self, subject: Customer, act: StaffAct, *, now: datetime, reason: str) -> object:
        return redemptions.take_back(acts.made_by(act), now=now, reason=reason)

    def result(self, subject: Customer) -> str:
        return "The deal is given."


class ManyForm(ActionForm):
    customers = paragraph(
        "To whom", required=True, max_length=20000,
        help_text="Ids, names or e-mail addresses of customers: one a line, or with commas between them.",
    )  # fmt: skip

    def clean_customers(self) -> list[Customer]:
        """Find the customers that were named."""
        found = customers_named(self.cleaned_data["customers"])
        if len(found) > SHOWN:
            raise forms.ValidationError(f"No more than {SHOWN} customers at a time.")
        return found


# Who of many could not be given a deal just now, with what was said.
_refused: ContextVar[Mapping[str, str]] = ContextVar("refused")


@staff_action
class GiveDeal(_Giving):
    slug, title, place = "give", "Give it", 1
    subject, form = Deal, ManyForm
    asked_by = dict.fromkeys(("deal", "customer", "subscription", "currency"), "customers")

    def obstacle(self, subject: Deal, *, now: datetime) -> str:
        if subject.deleted_at is not None:
            return "This deal was deleted."
        return "This deal has ended." if subject.expiration_at and subject.expiration_at <= now else ""

    def note(self, subject: Deal, *, now: datetime) -> str:
        return "Whoever cannot have it is left out, and said beside."

    def perform(self, subject: Deal, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        """Give it to each, in a savepoint of their own; what was refused to all is refused."""
        refused: dict[str, str] = {}
        error: BillingError | None = None
        with transaction.atomic():
            people = locks.by_ids(Customer, [customer.pk for customer in answers["customers"]])
            for customer in people.values():
                try:
                    redemptions.give(customer, subject, now=now, reason=reason)
                except BillingError as found:
                    error = found
                    refused[str(customer)] = found.own_message if isinstance(found, Invalid) else found.message
        if error is not None and len(refused) == len(people):
            raise error
        _refused.set(refused)
        return None

    def facts(self, subject: Deal, *, now: datetime) -> Mapping[str, str]:
        rows = subject.redemptions.filter(taken_back_at=None, created_at=now).select_related("customer").order_by("pk")
        taken = {"Taken": str(subject.redeemed_count)}
        for row in rows[:SHOWN]:
            label = str(row.customer) if str(row.customer) not in taken else f"{row.customer} (again)"
            taken[label] = given_words(row)
        return taken | {f"{name}, left out": said for name, said in _refused.get({}).items()}

    def undo_obstacle(self, subject: Deal, act: StaffAct, *, now: datetime) -> str:
        return "" if self._given(act).exists() else "All of them were taken back."

    def take_back(self, subject: Deal, act: StaffAct, *, now: datetime, reason: str) -> object:
        rows = self._given(act).select_related("customer", "deal")
        locks.by_ids(Customer, rows.values_list("customer_id", flat=True))
        for row in rows.order_by("customer_id", "pk"):
            redemptions.take_back(row, now=now, reason=reason)
        return None

    def _given(self, act: StaffAct) -> Any:
        told = Activity.objects.filter(pk__in=act.activity_ids, type=self.activity_type)
        return DealRedemption.objects.filter(pk__in=told.values("subject_id"), taken_back_at=None)

    def result(self, subject: Deal) -> str:
        refused = _refused.get({})
        left_out = f" {len(refused)} were left out: {'; '.join(refused)}." if refused else ""
        return f"The deal is given.{left_out}"


@staff_action
class TakeBackDeal(StaffAction):
    slug, title, icon, confirm = "take-back", "Take back", "undo", "Take it back"
    subject, form = DealRedemption, ActionForm
    permission, activity_type = "core.give_discounts", "deal.taken_back"
    must_say_why = True
    reasons = ("Given by mistake", "They left the programme")
    warning = "The discount ends, credits that are left are void, prices and trial become what they were. " + WHAT_STAYS

    def obstacle(self, subject: DealRedemption, *, now: datetime) -> str:
        return "It was taken back already." if subject.taken_back_at else ""

    def perform(self, subject: DealRedemption, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return redemptions.take_back(subject, now=now, reason=reason)

    def facts(self, subject: DealRedemption, *, now: datetime) -> Mapping[str, str]:
        return {"They have": given_words(subject)}

    def result(self, subject: DealRedemption) -> str:
        return f"The deal is taken back. {WHAT_STAYS}"


@staff_action
class DeleteDeal(StaffAction):
    slug, title, icon, confirm = "delete", "Delete deal", "delete", "Delete it"
    place = 9
    subject, form = Deal, ActionForm
    permission, activity_type = "core.set_prices", "deal.deleted"
    warning = "This cannot be undone: nobody can take it any more. Those who have it keep what they were given."

    def obstacle(self, subject: Deal, *, now: datetime) -> str:
        return "This deal was deleted." if subject.deleted_at else ""

    def perform(self, subject: Deal, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return deals.delete(subject, now=now, reason=reason)

    def result(self, subject: Deal) -> str:
        return f"{subject} is deleted."
