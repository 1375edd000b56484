"""Giving a customer a discount, and taking it back."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from billing_site.core import money
from billing_site.core.admin import acts
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.fields import plain
from billing_site.core.admin.forms import ActionForm, number, one_of
from billing_site.core.admin.shown import shown_money
from billing_site.core.models import StaffAct
from credits.models import AppliedCoupon, Coupon
from credits.models.coupons import CouponType, Discount, Frequency
from credits.services import applied_coupons
from customers.models import Customer

ONE_OFF_PERCENT, ONE_OFF_AMOUNT = "percent", "amount"
OFFERED = 12


def worth(terms: Discount) -> str:
    """Return what a discount takes off, in words."""
    if terms.percentage_rate:
        return f"{plain(terms.percentage_rate)} %"
    return shown_money(terms.amount_cents or 0, terms.amount_currency)


def how_often(terms: Discount) -> str:
    """Return on how many invoices a discount comes off, in words."""
    if terms.frequency == Frequency.RECURRING:
        return f"on {terms.frequency_duration} invoices"
    return {Frequency.ONCE: "once", Frequency.FOREVER: "on every invoice"}[Frequency(terms.frequency)]


class DiscountForm(ActionForm):
    coupon = one_of("Which discount")
    size = number("Size of a discount of their own", required=False, min_value=0, max_digits=15)
    invoices = number(
        "On how many invoices", required=False, min_value=1, max_value=1200, decimal_places=0, initial=1,
        help_text="For a discount of their own; empty takes it off every invoice.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = self.subject.currency if self.subject is not None else ""
        live = Coupon.objects.live().filter(status=Coupon.Status.ACTIVE)
        usable = live.filter(Q(coupon_type=CouponType.PERCENTAGE) | Q(amount_currency=self.currency))
        choices = [
            (str(coupon.pk), f"{coupon.name} ({coupon.code}): {worth(coupon)}, {how_often(coupon)}")
            for coupon in usable.exclude(deal__isnull=False)
            .exclude(code__startswith=applied_coupons.ONE_OFF)
            .order_by("-created_at", "-id")[:OFFERED]
        ]
        choices.append((ONE_OFF_PERCENT, "Of their own, in percent"))
        if self.currency:
            choices.append((ONE_OFF_AMOUNT, f"Of their own, an amount in {self.currency}"))
        self.fields["coupon"].choices = choices

    def clean_size(self) -> Decimal | None:
        """Ask for a size that the chosen kind can have."""
        size: Decimal | None = self.cleaned_data["size"]
        chosen = self.cleaned_data.get("coupon")
        if chosen not in (ONE_OFF_PERCENT, ONE_OFF_AMOUNT):
            return None
        if not size:
            raise forms.ValidationError("How much is taken off?")
        if chosen == ONE_OFF_PERCENT and size > 100:
            raise forms.ValidationError("More than 100 % cannot be taken off.")
        if chosen == ONE_OFF_AMOUNT and money.to_amount(money.to_cents(size, self.currency), self.currency) != size:
            raise forms.ValidationError(f"{self.currency} has {money.exponent(self.currency)} decimals.")
        return size


@staff_action
class GiveDiscount(StaffAction):
    slug, title, icon = "give-discount", "Give a discount", "redeem"
    subject, form, is_bulk = Customer, DiscountForm, True
    permission, activity_type = "core.give_discounts", "applied_coupon.created"
    must_say_why = True
    reasons = ("Start-up programme", "Agreed in the contract", "Makes good for an outage")
    undo_until = "as long as it is not used up; what it has taken off by then stays"

    def undo_obstacle(self, subject: Customer, act: StaffAct, *, now: datetime) -> str:
        given = acts.made_by(act)
        is_there = given is not None and given.status == AppliedCoupon.Status.ACTIVE
        return "" if is_there else "The discount is used up or ended."

    def take_back(self, subject: Customer, act: StaffAct, *, now: datetime, reason: str) -> object:
        return applied_coupons.take_back(acts.made_by(act), now=now, reason=reason)

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        chosen = answers["coupon"]
        if chosen in (ONE_OFF_PERCENT, ONE_OFF_AMOUNT):
            terms = self._terms(subject, answers)
            return applied_coupons.give_one_off(subject, now=now, reason=reason, **terms)
        coupon = Coupon.objects.get(pk=chosen)
        return applied_coupons.give(subject, coupon, now=now, reason=reason)

    def _terms(self, subject: Customer, answers: Mapping[str, Any]) -> dict[str, Any]:
        invoices = answers["invoices"]
        frequency = Frequency.ONCE if invoices == 1 else Frequency.RECURRING if invoices else Frequency.FOREVER
        terms: dict[str, Any] = {"frequency": frequency}
        if frequency == Frequency.RECURRING:
            terms["frequency_duration"] = int(invoices)
        if answers["coupon"] == ONE_OFF_PERCENT:
            return terms | {"coupon_type": CouponType.PERCENTAGE, "percentage_rate": answers["size"]}
        cents = money.to_cents(answers["size"], subject.currency)
        return terms | {
            "coupon_type": CouponType.FIXED_AMOUNT, "amount_cents": cents, "amount_currency": subject.currency
        }  # fmt: skip

    def facts(self, subject: Customer, *, now: datetime) -> Mapping[str, str]:
        given = AppliedCoupon.objects.filter(customer=subject, status=AppliedCoupon.Status.ACTIVE)
        rows = given.select_related("coupon").order_by("pk")
        return {"Discounts": "; ".join(f"{item.coupon.name} ({worth(item)}, {how_often(item)})" for item in rows)}

    def result(self, subject: Customer) -> str:
        return "The discount is given. It comes off the next invoices that become final."


class TakeBackForm(ActionForm):
    pass


@staff_action
class TakeBackDiscount(StaffAction):
    slug, title, icon = "take-back", "Take back", "undo"
    subject, form, is_bulk = AppliedCoupon, TakeBackForm, True
    permission, activity_type = "core.give_discounts", "applied_coupon.terminated"
    must_say_why = True
    reasons = ("Given by mistake", "The offer is over")
    warning = "What it has taken off invoices stays taken off."

    def obstacle(self, subject: AppliedCoupon, *, now: datetime) -> str:
        return "" if subject.status == AppliedCoupon.Status.ACTIVE else "This discount is used up or ended."

    def perform(self, subject: AppliedCoupon, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return applied_coupons.take_back(subject, now=now, reason=reason)

    def facts(self, subject: AppliedCoupon, *, now: datetime) -> Mapping[str, str]:
        return {"Discount": subject.get_status_display().capitalize()}

    def result(self, subject: AppliedCoupon) -> str:
        return "The discount is taken back; what it gave stays given."
