"""Fields of staff forms, in the dress of the site: numbers as people write them, choices, yes or no."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from billing_site.core import money

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_SPACES = str.maketrans("", "", " \xa0\u202f'")
MOST = 10**15 - 1
_CONTROL = re.compile(r"[\x00-\x1f]")


class DayWidget(UnfoldAdminTextInputWidget):
    """The browser's own calendar."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        """Return the day as browsers want it."""
        return value.isoformat() if hasattr(value, "isoformat") else value


class FigureField(forms.DecimalField):
    """A number of zero or more as a person writes it: 1,250,000 and 1 250 000 are read, decimals have a point."""

    def __init__(self, **options: Any) -> None:
        bounds = {"min_value": 0, "max_value": MOST, "max_digits": 30, "decimal_places": 15}
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(**{"widget": UnfoldAdminTextInputWidget(attrs=attrs), **bounds, **options})

    def to_python(self, value: Any) -> Decimal | None:
        """Return the Decimal with the digits that were typed."""
        if isinstance(value, str):
            value = value.strip().translate(_SPACES)
            if _GROUPED.fullmatch(value):
                value = value.replace(",", "")
            elif "," in value:
                raise forms.ValidationError("Write decimals with a point, such as 0.05.")
            elif re.search(r"[eE_]", value):
                raise forms.ValidationError("Enter a number.")
        found: Decimal | None = super().to_python(value)
        return found

    def prepare_value(self, value: Any) -> Any:
        """Show a Decimal plainly, without needless zeros; whatever was typed as it was."""
        return plain(value) if isinstance(value, Decimal) else value


class LineField(forms.CharField):
    """A line of text, without control characters."""

    def validate(self, value: Any) -> None:
        """Refuse what no keyboard types."""
        super().validate(value)
        if _CONTROL.search(value or ""):
            raise forms.ValidationError("This holds characters that cannot be kept.")


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and needless zeros."""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def text(label: str, **options: Any) -> forms.CharField:
    """Return a field for a line of text."""
    return forms.CharField(label=label, widget=UnfoldAdminTextInputWidget, **options)


def line(label: str, **options: Any) -> LineField:
    """Return a field for a name or a code."""
    return LineField(label=label, widget=UnfoldAdminTextInputWidget, **{"max_length": 255, **options})


def paragraph(label: str, **options: Any) -> forms.CharField:
    """Return a field for some lines of text."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(label=label, widget=widget, **{"max_length": 600, "required": False, **options})


def day(label: str, **options: Any) -> forms.DateField:
    """Return a field for a day, of years that a typing error does not reach."""
    within = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2150, 1, 1))]
    return forms.DateField(label=label, widget=DayWidget, validators=within, **options)


def number(label: str, **options: Any) -> forms.DecimalField:
    """Return a field for a number."""
    return forms.DecimalField(label=label, widget=UnfoldAdminDecimalFieldWidget, **options)


def figure(label: str, **options: Any) -> FigureField:
    """Return a field for a number of zero or more, as a person writes it."""
    return FigureField(label=label, **options)


def whole(label: str, **options: Any) -> FigureField:
    """Return a field for a whole number of zero or more."""
    return FigureField(label=label, **{"decimal_places": 0, **options})


def one_of(label: str, choices: Iterable[tuple[str, str]] = (), **options: Any) -> forms.ChoiceField:
    """Return a field of which one choice is picked, all of them seen at once."""
    errors = {"required": "Choose one.", **options.pop("error_messages", {})}
    return forms.ChoiceField(
        label=label, choices=list(choices), widget=UnfoldAdminRadioSelectWidget, error_messages=errors, **options
    )


def picked(label: str, choices: Iterable[tuple[str, str]] = (), **options: Any) -> forms.ChoiceField:
    """Return a field of which one choice is picked from a list that unfolds."""
    errors = {"required": "Choose one.", **options.pop("error_messages", {})}
    return forms.ChoiceField(
        label=label, choices=list(choices), widget=UnfoldAdminSelectWidget, error_messages=errors, **options
    )


def some_of(label: str, choices: Iterable[tuple[str, str]] = (), **options: Any) -> forms.MultipleChoiceField:
    """Return a field of which any number of choices are ticked."""
    widget = UnfoldAdminCheckboxSelectMultipleWidget
    return forms.MultipleChoiceField(label=label, choices=list(choices), widget=widget, required=False, **options)


def yes(label: str, **options: Any) -> forms.BooleanField:
    """Return a box to tick."""
    return forms.BooleanField(label=label, widget=UnfoldBooleanWidget, required=False, **options)


def currency(label: str = "Currency", **options: Any) -> forms.ChoiceField:
    """Return a field for a currency of ISO 4217."""
    return picked(label, [("", "Choose…"), *((code, code) for code in sorted(money.CURRENCIES))], **options)


def listed(value: str | None) -> list[str]:
    """Return the names in a text with commas between them, each once."""
    return list(dict.fromkeys(part.strip() for part in (value or "").split(",") if part.strip()))


def joined(values: Sequence[str]) -> str:
    """Return names as `listed` reads them."""
    return ", ".join(values)
