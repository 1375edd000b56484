"""What all staff pages share: read-only unless said otherwise, amounts with their currency, dates in words."""

from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from billing_site.core import money


def shown_money(cents: int, currency: str) -> str:
    """Return an amount in minor units as people read it, with its currency."""
    amount = money.to_amount(cents, currency)
    digits = f"¤¤\xa0#,##0{'.' if money.exponent(currency) else ''}{'0' * money.exponent(currency)}"
    return format_currency(amount, currency, format=digits, currency_digits=False, locale="en")


def shown_day(day: date | None) -> str:
    """Return a date in words."""
    return format_date(day, "d MMMM yyyy", locale="en") if day else "–"


def shown_moment(moment: datetime | None, zone: str = "UTC") -> str:
    """Return a moment in words, in the zone it belongs to."""
    if moment is None:
        return "–"
    return format_datetime(moment, "d MMMM yyyy, HH:mm zzz", tzinfo=zone, locale="en")  # type: ignore[arg-type]


class StaffAdmin(ModelAdmin):
    """A list and a page to read. What may be changed is changed by actions that call services."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no: rows come from services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Say no: rows change by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: nothing that money depends on is deleted."""
        return False


class RowsInline(TabularInline):
    """Rows of a page, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        return False
