"""Forms of staff actions: what they ask, with the reason in the end."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
)

from billing_site.core.errors import BillingError, Invalid


class DayWidget(UnfoldAdminTextInputWidget):
    """The browser's own calendar."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        """Return the day as browsers want it."""
        return value.isoformat() if hasattr(value, "isoformat") else value


def text(label: str, **options: Any) -> forms.CharField:
    """Return a field for a line of text."""
    return forms.CharField(label=label, widget=UnfoldAdminTextInputWidget, **options)


def day(label: str, **options: Any) -> forms.DateField:
    """Return a field for a day, of years that a typing error does not reach."""
    within = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2150, 1, 1))]
    return forms.DateField(label=label, widget=DayWidget, validators=within, **options)


def number(label: str, **options: Any) -> forms.DecimalField:
    """Return a field for a number."""
    return forms.DecimalField(label=label, widget=UnfoldAdminDecimalFieldWidget, **options)


def one_of(label: str, choices: Iterable[tuple[str, str]] = (), **options: Any) -> forms.ChoiceField:
    """Return a field of which one choice is picked, all of them seen at once."""
    errors = {"required": "Choose one.", **options.pop("error_messages", {})}
    return forms.ChoiceField(
        label=label, choices=list(choices), widget=UnfoldAdminRadioSelectWidget, error_messages=errors, **options
    )


class ActionForm(forms.Form):
    """What an action asks. `now` and `subject` are there so that choices can be said in dates and amounts."""

    reason = text("Why", max_length=500, required=False, help_text="Kept in the history with your name.")

    def __init__(
        self, data: Any = None, *, subject: models.Model, now: datetime, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.subject, self.now = subject, now
        self.order_fields([name for name in self.fields if name != "reason"])

    def complaints(self) -> list[str]:
        """Return what is wrong or still missing, each with the name of its field."""
        labels = {name: f"{field.label}: " for name, field in self.fields.items()}
        return [f"{labels.get(name, '')}{error}" for name, errors in self.errors.items() for error in errors]

    def refuse(self, error: BillingError, asked_by: Mapping[str, str]) -> None:
        """Say what a service refused: at the field that asked for it if the form has one, else above the form."""
        about = [asked_by.get(name, name) for name in error.details] if isinstance(error, Invalid) else []
        fields = [name for name in about if name in self.fields]
        self.add_error(fields[0] if fields else None, error.message)
