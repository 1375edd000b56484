"""Making a deal, changing it, pricing it."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q

from billing_site.core import money
from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.fields import (
    currency,
    day,
    figure,
    joined,
    line,
    listed,
    one_of,
    paragraph,
    picked,
    whole,
    yes,
)
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.admin.shown import shown_day, shown_number
from billing_site.core.api.fields import MAX_CENTS
from billing_site.core.periods import MOMENT, local_date, local_midnight
from credits.admin.discounts import how_often, worth
from credits.models import Deal
from credits.models.coupons import CouponType, Frequency
from credits.services import deals
from customers.models import Customer
from plans.admin import choices
from plans.admin.override_forms import PricesForm, overrides_of, written_in_words

ZONE = "UTC"  # of the day on which a deal ends
MOST = 200
NONE = "none"
SAME = ("name", "code", "description", "granted_credits", "currency")
DISCOUNT = {
    "percentage_rate": f"kind={CouponType.PERCENTAGE}",
    "amount": f"kind={CouponType.FIXED_AMOUNT}",
    "frequency": f"kind={CouponType.PERCENTAGE} {CouponType.FIXED_AMOUNT}",
    "frequency_duration": f"frequency={Frequency.RECURRING}",
}


def gifts(deal: Deal) -> dict[str, str]:
    """Return what a deal gives, in words."""
    given = {}
    if deal.coupon is not None:
        given["Discount"] = f"{worth(deal.coupon)}, {how_often(deal.coupon)}"
    if deal.granted_credits:
        until = f", for {deal.credits_days} days" if deal.credits_days else ""
        given["Credits"] = f"{shown_number(deal.granted_credits)} {deal.currency}{until}"
    if deal.trial_days:
        given["Trial"] = f"{deal.trial_days} days more"
    if deal.plan is not None:
        prices = "at prices of the deal" if deal.plan_overrides else ""
        words = [f"{deal.plan}", prices, "subscribed if they are not" if deal.subscribes else ""]
        given["Plan"] = ", ".join(filter(None, words))
    return given


def who_may(deal: Deal) -> str:
    """Return who may redeem a deal, in words."""
    codes = ", ".join(deal.codes.values_list("text", flat=True)[:5])
    invited = deal.customers.count()
    among = [f"addresses at {joined(deal.email_domains)}"] if deal.email_domains else []
    among += [f"{invited} customers of a list"] if invited else []
    parts = [f"with the code {codes}"] if codes else []
    return ", ".join([*parts, " or ".join(among)] if among else parts) or "nobody by themselves: staff give it"


class DealForm(ActionForm):
    name = line("Name", help_text="Customers read it on invoices, such as Winter batch.")
    code = line("Code", help_text="What programs call it, such as yc-winter.")
    kind = one_of("Discount", [(NONE, "none"), *CouponType.choices], initial=NONE)
    percentage_rate = figure("Percent", required=False, max_value=100)
    amount = figure("Amount off", required=False)
    frequency = one_of("How often", Frequency.choices, required=False, initial=Frequency.RECURRING)
    frequency_duration = whole("On how many invoices", required=False, initial=3, min_value=1, max_value=1000)
    granted_credits = figure("Credits", required=False, max_value=10**9, decimal_places=2, help_text="In money.")
    credits_days = whole("Days to use them", required=False, min_value=1, max_value=3650, help_text="Empty: for ever.")
    currency = currency(required=False)
    trial_days = whole("Days of trial", required=False, max_value=3650, help_text="On top of what the plan has.")
    plan_code = picked("For subscriptions to", required=False)
    subscribes = yes("Subscribe those who have no subscription yet")
    redemption_codes = line("Codes that open it", required=False, max_length=2000,
                            help_text="With commas between them; customers type one.")  # fmt: skip
    email_domains = line("Only with e-mail at", required=False, max_length=2000, help_text="Such as ycombinator.com.")
    invited = paragraph("Only for these customers", max_length=20000,
                        help_text="Ids, names or addresses: one a line, or with commas between them.")  # fmt: skip
    max_redemptions = whole("Times in all", required=False, min_value=1, max_value=10**6, help_text="Empty: no limit.")
    max_per_customer = whole("Times for a customer", initial=1, min_value=1, max_value=100)
    last_day = day("Can be had until", required=False, help_text="The last day, by UTC. Empty: for ever.")
    description = paragraph("Notes for staff")
    groups = (
        Group("Takes off", ("kind", "percentage_rate", "amount", "frequency", "frequency_duration")),
        Group("Gives credits", ("granted_credits", "credits_days", "currency")),
        Group("Plan and trial", ("trial_days", "plan_code", "subscribes")),
        Group("Who may redeem it", ("redemption_codes", "email_domains", "invited")),
        Group("How often, until when", ("max_redemptions", "max_per_customer", "last_day")),
        Group("Notes", ("description",), is_folded=True),
    )
    when = DISCOUNT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(plan.code, f"{plan.name} ({plan.code}), {plan.amount_currency}") for plan in choices.plans()]
        self.fields["plan_code"].choices = [("", "any plan"), *offered]  # type: ignore[attr-defined]

    def clean_last_day(self) -> date | None:
        """Refuse a day that has passed."""
        last: date | None = self.cleaned_data["last_day"]
        if last is not None and last < local_date(self.now, ZONE) and last != self.initial.get("last_day"):
            raise forms.ValidationError("This day has passed.")
        return last

    def clean_invited(self) -> list[Customer]:
        """Find the customers that were named."""
        return customers_named(self.cleaned_data["invited"])

    def clean(self) -> dict[str, Any]:
        """Work out the amount in minor units, and look only at what the chosen kind needs."""
        answers = super().clean() or {}
        kind = answers.get("kind")
        self.forget_errors(name for name, when in DISCOUNT.items() if kind and kind not in when and "kind" in when)
        answers["amount_cents"] = None
        if kind == CouponType.FIXED_AMOUNT:
            answers["amount_cents"] = cents = self.cents("amount", self._currency(answers))
            if cents is not None and cents > MAX_CENTS:
                self.add_error("amount", "That is more than can be taken off.")
        return answers

    def _currency(self, answers: Mapping[str, Any]) -> str:
        plan = next((plan for plan in choices.plans() if plan.code == answers.get("plan_code")), None)
        found = answers.get("currency") or (plan.amount_currency if plan else "")
        if not found:
            self.add_error("currency", "Choose the currency of the amount.")
        return found


def customers_named(text: str) -> list[Customer]:
    """
    Return the customers that a person named, by id, name or address.

    :raises ValidationError: with those that nobody, or more than one, is called
    """
    words = list(dict.fromkeys(word.strip() for word in re.split(r"[\n,;]", text) if word.strip()))
    if len(words) > MOST:
        raise forms.ValidationError(f"No more than {MOST} customers at a time.")
    lower = [word.lower() for word in words]
    live = Customer.objects.live()
    rows = list(live.filter(Q(external_id__in=words) | Q(name__in=words) | Q(email__in={*words, *lower})))
    found, wrong = {}, []
    for word in words:
        by_id = [row for row in rows if row.external_id == word]
        meant = by_id or [row for row in rows if row.name == word or row.email.lower() == word.lower()]
        if len(meant) == 1:
            found[meant[0].pk] = meant[0]
        else:
            wrong.append(f"{word}: {'more than one is called so, write the id' if meant else 'nobody is called so'}.")
    if wrong:
        raise forms.ValidationError(wrong)
    return list(found.values())


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    last, kind, often = answers["last_day"], answers["kind"], answers["frequency"]
    discount = None
    if kind != NONE:
        is_percent = kind == CouponType.PERCENTAGE
        times = answers["frequency_duration"] if often == Frequency.RECURRING else None
        discount = {
            "coupon_type": kind,
            "percentage_rate": answers["percentage_rate"] if is_percent else None,
            "amount_cents": answers["amount_cents"],
            "amount_currency": "" if is_percent else answers["currency"],
            "frequency": often,
            "frequency_duration": int(times) if times else None,
        }
    return {
        **{name: answers[name] for name in SAME},
        **{name: int(answers[name]) if answers[name] else None for name in ("max_redemptions", "credits_days")},
        "trial_days": int(answers["trial_days"] or 0),
        "max_per_customer": int(answers["max_per_customer"]),
        "discount": discount,
        "plan_code": answers["plan_code"] or None,
        "subscribes": answers["subscribes"],
        "redemption_codes": listed(answers["redemption_codes"]),
        "email_domains": listed(answers["email_domains"]),
        "external_customer_ids": [customer.external_id for customer in answers["invited"]],
        "expiration_at": local_midnight(last + timedelta(days=1), ZONE) if last else None,
    }


def _last_day(deal: Deal) -> date | None:
    return local_date(deal.expiration_at - MOMENT, ZONE) if deal.expiration_at else None


class DealAction(CatalogueAction):
    """What is shown beside the form of a deal."""

    subject, form = Deal, DealForm
    asked_by = {
        "deal": "kind", "discount": "kind", "expiration_at": "last_day", "plan_overrides": "plan_code",
    }  # fmt: skip

    def obstacle(self, subject: Deal, *, now: datetime) -> str:
        return "This deal was deleted." if subject.deleted_at else ""

    def facts(self, subject: Deal, *, now: datetime) -> Mapping[str, str]:
        limit = f" of {subject.max_redemptions:,}" if subject.max_redemptions else ""
        return {
            "Name": subject.name,
            **(gifts(subject) or {"Gives": "nothing"}),
            "Redeemed by": who_may(subject),
            "Taken": f"{subject.redeemed_count}{limit}, {subject.max_per_customer} for a customer",
            "Can be had until": shown_day(_last_day(subject)) if subject.expiration_at else "for ever",
        }


@staff_action
class MakeDeal(DealAction):
    slug, title, confirm, is_maker = "make", "Make a deal", "Make it", True
    activity_type = "deal.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return deals.create(now=now, **_given(answers))

    def result(self, subject: Deal) -> str:
        return f"{subject} is made. “Set its prices” gives it prices of its own; “Give it” gives it to customers."


@staff_action
class EditDeal(DealAction):
    slug, title, icon, confirm = "edit", "Edit deal", "edit", "Save"
    activity_type = "deal.updated"

    def note(self, subject: Deal, *, now: datetime) -> str:
        return "Those who have it keep what they were given." if subject.redeemed_count else ""

    def initial(self, subject: Deal, *, now: datetime) -> dict[str, Any]:
        names = (*SAME, "credits_days", "trial_days", "subscribes", "max_redemptions", "max_per_customer")
        typed = {name: getattr(subject, name) for name in names} | {"last_day": _last_day(subject)}
        typed["plan_code"] = subject.plan.code if subject.plan else ""
        typed["redemption_codes"] = joined(list(subject.codes.values_list("text", flat=True)))
        typed["email_domains"] = joined(subject.email_domains)
        typed["invited"] = "\n".join(subject.customers.order_by("pk").values_list("external_id", flat=True))
        if (coupon := subject.coupon) is not None:
            terms = ("percentage_rate", "frequency", "frequency_duration")
            typed |= {"kind": coupon.coupon_type, **{name: getattr(coupon, name) for name in terms}}
            if coupon.amount_cents is not None and coupon.amount_currency:
                typed["amount"] = f"{money.to_amount(coupon.amount_cents, coupon.amount_currency):f}"
        return typed

    def perform(self, subject: Deal, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        given = _given(answers)
        if answers["last_day"] == _last_day(subject):  # its hour was perhaps set over the API
            del given["expiration_at"]
        if (subject.plan.code if subject.plan else None) != given["plan_code"]:
            given["plan_overrides"] = {}  # prices of another plan
        return deals.update(subject, now=now, **given)

    def result(self, subject: Deal) -> str:
        return f"{subject} is changed."


class DealPricesForm(PricesForm):
    def written(self) -> Mapping[str, Any]:
        """Return the prices of the deal."""
        found: Mapping[str, Any] = self.subject.plan_overrides
        return found


@staff_action
class PriceDeal(DealAction):
    slug, title, icon, confirm = "prices", "Set its prices", "price_change", "Set prices"
    form, activity_type = DealPricesForm, "deal.updated"

    def obstacle(self, subject: Deal, *, now: datetime) -> str:
        if subject.plan is None:
            return "Say in “Edit deal” for which plan it is. Then it can have prices."
        return super().obstacle(subject, now=now)

    def note(self, subject: Deal, *, now: datetime) -> str:
        return f"What {subject.plan} costs for who takes the deal from now on. Those who have it keep their prices."

    def perform(self, subject: Deal, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        assert subject.plan is not None
        return deals.update(subject, now=now, plan_overrides=overrides_of(subject.plan, answers))

    def facts(self, subject: Deal, *, now: datetime) -> Mapping[str, str]:
        return price_words(subject)

    def result(self, subject: Deal) -> str:
        return f"{subject} has these prices."


def price_words(deal: Deal) -> dict[str, str]:
    """Return the prices of a deal in words."""
    if deal.plan is None:
        return {}
    return written_in_words(deal.plan, deal.plan_overrides) or {"Prices": "those of the plan"}
