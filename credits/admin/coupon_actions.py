"""Making, changing and retiring a coupon."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from billing_site.core import money
from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.base import shown_moment
from billing_site.core.admin.fields import currency, day, figure, line, one_of, paragraph, some_of, whole, yes
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.api.fields import MAX_CENTS
from billing_site.core.periods import MOMENT, local_date, local_midnight
from credits.admin.discounts import how_often, worth
from credits.models import Coupon
from credits.models.coupons import CouponType, Frequency
from credits.services import coupons
from metering.models import BillableMetric
from plans.models import Plan

OFFERED = 100
ZONE = "UTC"  # of the day on which a coupon ends
SAME = ("name", "code", "description", "coupon_type", "frequency", "reusable")


class CouponForm(ActionForm):
    name = line("Name", help_text="Customers read it on invoices.")
    code = line("Code", help_text="What programs call it, such as welcome.")
    coupon_type = one_of("Takes off", CouponType.choices, initial=CouponType.PERCENTAGE)
    percentage_rate = figure("Percent", required=False, max_value=100)
    amount = figure("Amount", required=False)
    amount_currency = currency(required=False)
    frequency = one_of("How often", Frequency.choices, initial=Frequency.ONCE)
    frequency_duration = whole("On how many invoices", required=False, min_value=1, max_value=1000)
    last_day = day("Can be given until", required=False, help_text="The last day, by UTC. Empty: for ever.")
    reusable = yes("A customer may have it more than once", initial=True)
    plan_codes = some_of("Plans")
    metric_codes = some_of("Metrics")
    description = paragraph("Description")
    groups = (
        Group("Only off the fees of", ("plan_codes", "metric_codes"), is_folded=True),
        Group("Words", ("description",), is_folded=True),
    )
    when = {
        "percentage_rate": f"coupon_type={CouponType.PERCENTAGE}",
        "amount": f"coupon_type={CouponType.FIXED_AMOUNT}",
        "amount_currency": f"coupon_type={CouponType.FIXED_AMOUNT}",
        "frequency_duration": f"frequency={Frequency.RECURRING}",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = Plan.objects.live().filter(parent=None).order_by("-id")[:OFFERED]
        metrics = BillableMetric.objects.live().order_by("-id")[:OFFERED]
        self._offer("plan_codes", [(row.code, f"{row.name} ({row.code})") for row in plans])
        self._offer("metric_codes", [(row.code, f"{row.name} ({row.code})") for row in metrics])

    def _offer(self, name: str, offered: list[tuple[str, str]]) -> None:
        """Offer the newest, and those that are chosen already."""
        known = {code for code, _ in offered}
        older = [(code, code) for code in self.initial.get(name) or () if code not in known]
        self.fields[name].choices = [*offered, *older]  # type: ignore[attr-defined]

    def clean_last_day(self) -> date | None:
        """Refuse a day that has passed."""
        last: date | None = self.cleaned_data["last_day"]
        if last is not None and last < local_date(self.now, ZONE) and last != self.initial.get("last_day"):
            raise forms.ValidationError("This day has passed.")
        return last

    def clean(self) -> dict[str, Any]:
        """Work out the amount in minor units, and look only at what the chosen kind needs."""
        answers = super().clean() or {}
        if answers.get("coupon_type") == CouponType.PERCENTAGE:
            self.forget_errors(("amount", "amount_currency"))
            answers["amount_cents"] = None
            return answers
        self.forget_errors(("percentage_rate",))
        answers["amount_cents"] = cents = self.cents("amount", answers.get("amount_currency", ""))
        if cents is not None and cents > MAX_CENTS:
            self.add_error("amount", "That is more than can be taken off.")
        return answers


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    is_percent = answers["coupon_type"] == CouponType.PERCENTAGE
    last, often = answers["last_day"], answers["frequency_duration"]
    limits = {"plan_codes": answers["plan_codes"], "billable_metric_codes": answers["metric_codes"]}
    return {
        **{name: answers[name] for name in SAME},
        "percentage_rate": answers["percentage_rate"] if is_percent else None,
        "amount_cents": answers["amount_cents"],
        "amount_currency": None if is_percent else answers["amount_currency"],
        "frequency_duration": int(often) if often and answers["frequency"] == Frequency.RECURRING else None,
        "expiration": Coupon.Expiration.TIME_LIMIT if last else "no_expiration",
        "expiration_at": local_midnight(last + timedelta(days=1), ZONE) if last else None,
        "applies_to": limits,
    }


def _last_day(coupon: Coupon) -> date | None:
    ends = coupon.expiration_at
    return local_date(ends - MOMENT, ZONE) if ends else None


class CouponAction(CatalogueAction):
    """What is shown beside the form of a coupon."""

    subject, form = Coupon, CouponForm
    asked_by = {"amount_cents": "amount", "expiration_at": "last_day"}

    def obstacle(self, subject: Coupon, *, now: datetime) -> str:
        return "This coupon was deleted." if subject.deleted_at else ""

    def facts(self, subject: Coupon, *, now: datetime) -> Mapping[str, str]:
        limits = [*subject.plans.order_by("pk"), *subject.billable_metrics.order_by("pk")]
        return {
            "Name": subject.name,
            "Code": subject.code,
            "Takes off": f"{worth(subject)}, {how_often(subject)}",
            "Only off": ", ".join(str(row) for row in limits) or "everything counts",
            "Can be given until": shown_moment(subject.expiration_at, ZONE) if subject.expiration_at else "for ever",
            "State": "deleted" if subject.deleted_at else subject.get_status_display(),
        }


@staff_action
class MakeCoupon(CouponAction):
    slug, title, confirm, is_maker = "make", "Make a coupon", "Make it", True
    activity_type = "coupon.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return coupons.create(now=now, **_given(answers))

    def result(self, subject: Coupon) -> str:
        return f"{subject} is made. Give it on the page of a customer."


@staff_action
class EditCoupon(CouponAction):
    slug, title, icon, confirm = "edit", "Edit coupon", "edit", "Save"
    activity_type = "coupon.updated"

    def note(self, subject: Coupon, *, now: datetime) -> str:
        given = subject.applied_coupons.filter(status="active").exists()
        return "Those who have it keep the terms that they were given." if given else ""

    def initial(self, subject: Coupon, *, now: datetime) -> dict[str, Any]:
        names = (*SAME, "percentage_rate", "amount_currency", "frequency_duration")
        typed = {name: getattr(subject, name) for name in names}
        typed["plan_codes"] = [row.code for row in subject.plans.order_by("pk")]
        typed["metric_codes"] = [row.code for row in subject.billable_metrics.order_by("pk")]
        if subject.amount_cents is not None and subject.amount_currency:
            typed["amount"] = f"{money.to_amount(subject.amount_cents, subject.amount_currency):f}"
        return typed | {"last_day": _last_day(subject)}

    def perform(self, subject: Coupon, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        given = _given(answers)
        if answers["last_day"] == _last_day(subject):  # its hour was perhaps set over the API
            del given["expiration"], given["expiration_at"]
        return coupons.update(subject, now=now, **given)

    def result(self, subject: Coupon) -> str:
        return f"{subject} is changed."


@staff_action
class DeleteCoupon(CouponAction):
    slug, title, icon, confirm = "delete", "Delete coupon", "delete", "Delete it"
    place = 9
    form = ActionForm
    activity_type = "coupon.deleted"
    warning = "This cannot be undone: whoever has it loses it. What it took off invoices stays taken off."

    def perform(self, subject: Coupon, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return coupons.delete(subject, now=now)

    def result(self, subject: Coupon) -> str:
        return f"{subject} is deleted."
