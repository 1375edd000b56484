"""Forms of staff actions: what they ask, in groups, with the reason in the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models

from billing_site.core import money
from billing_site.core.admin.fields import day, number, one_of, text
from billing_site.core.admin.sentences import codes, sentence
from billing_site.core.errors import BillingError, Invalid

__all__ = ["ActionForm", "Group", "Shown", "day", "number", "one_of", "text"]


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together under a title; `is_folded` ones are seen when they are asked for."""

    title: str
    names: Sequence[str]
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as it is drawn."""

    title: str
    fields: list[forms.BoundField]
    is_folded: bool

    @property
    def is_open(self) -> bool:
        """Test if something in it is wrong: then it is not folded away."""
        return any(field.errors for field in self.fields)


class ActionForm(forms.Form):
    """
    What an action asks. `now` and `subject` are there so that choices can be said in dates and amounts; the subject of
    an action that makes something, or is done to many objects, is None.

    `groups` gathers fields under titles; what is in none comes first. `when` says with which value of another field a
    field is of use ("charge_model=graduated volume").
    """

    groups: Sequence[Group] = ()
    when: Mapping[str, str] = {}
    secrets: Sequence[str] = ()  # fields that are not kept with what was typed, besides passwords

    reason = text("Why", max_length=500, required=False, help_text="Kept in the history with your name.")

    def __init__(
        self, data: Any = None, *, subject: models.Model | None, now: datetime, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.subject: Any = subject
        self.now = now
        self.order_fields([name for name in self.fields if name != "reason"])

    def typed(self) -> dict[str, list[str]]:
        """Return what was typed by name of the input, secrets left out, as the form can read it again."""
        names = {name for name in self.data if self._is_kept(name)}
        return {name: [str(value) for value in _values(self.data, name)] for name in sorted(names)}

    def _is_kept(self, name: str) -> bool:
        field = self.fields.get(name) or self.fields.get(name.rpartition("-")[0])
        is_secret = name in self.secrets or getattr(getattr(field, "widget", None), "input_type", "") == "password"
        return field is not None and not is_secret and name != "reason"

    def layout(self) -> list[Shown]:
        """Return the fields as they are drawn, each with what it depends on; the reason last."""
        named = {name for group in self.groups for name in group.names}
        first = [name for name in self.fields if name not in named and name != "reason"]
        groups = [Group("", first), *self.groups, Group("", ["reason"])]
        return [shown for group in groups if (shown := self._shown(group)).fields]

    def _shown(self, group: Group) -> Shown:
        fields = [self[name] for name in group.names if name in self.fields]
        for field in fields:
            field.when = self.when.get(field.name, "")  # type: ignore[attr-defined]
        return Shown(group.title, fields, group.is_folded)

    def complaints(self) -> list[str]:
        """Return what is wrong or still missing, each with the name of its field."""
        labels = {name: f"{field.label}: " for name, field in self.fields.items()}
        return [f"{labels.get(name, '')}{error}" for name, errors in self.errors.items() for error in errors]

    def refuse(self, error: BillingError, asked_by: Mapping[str, str]) -> None:
        """
        Say what a service refused: at the fields that asked for it, else above the form.

        `asked_by` names the field of the form for a field of the service, or for one of its codes.
        """
        if not isinstance(error, Invalid):
            self.add_error(None, error.message)
            return
        refusals = [(name, code) for name, found in error.details.items() for code in codes(found)]
        if error.own_message:
            name, code = refusals[0]
            self.add_error(self.field_of(asked_by.get(code) or asked_by.get(name) or name), error.own_message)
            return
        for name, code in refusals:
            self.add_error(self.field_of(asked_by.get(code) or asked_by.get(name) or name), sentence(code))

    def field_of(self, name: str) -> str | None:
        """Return the field of the form by this name, if it has one."""
        return name if name in self.fields else None

    def cents(self, name: str, currency: str) -> int | None:
        """Return the amount typed into a field in minor units; what the currency has no coin for is refused there."""
        return self.exact_cents(name, self.cleaned_data.get(name), currency)

    def exact_cents(self, name: str, amount: Decimal | None, currency: str, *, said: str = "") -> int | None:
        """Return an amount of a field in minor units, like `cents`; `said` stands before the refusal."""
        if amount is None or not currency:
            return None
        cents = money.to_cents(amount, currency)
        if money.to_amount(cents, currency) != amount:
            self.add_error(name, f"{said}{currency} has {money.exponent(currency)} decimals.")
        return cents

    def forget_errors(self, names: Iterable[str]) -> None:
        """Drop what is wrong in fields that do not count now."""
        for name in names:
            self.errors.pop(name, None)


def _values(typed: Any, name: str) -> Sequence[Any]:
    return typed.getlist(name) if hasattr(typed, "getlist") else [typed[name]]
