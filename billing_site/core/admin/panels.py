"""
What a page of one object shows besides its fields: facts, tables and charts, each a value that a template draws.

What an app knows of itself it says in its own admin; what stands on the floors above is filled in by the roof, in the
module that settings.STAFF_PAGES names (house decision 17).
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing_site.core.models import Activity
from billing_site.core.periods import local_midnight

# What a rehearsal compares: by title, what is what in words.
Sections = Mapping[str, Mapping[str, str]]

FIRST_YEAR, LAST_YEAR = 2000, 2150
LONGEST_CODE = 28  # a number or code up to this length stays on one line


@dataclass(frozen=True, slots=True)
class Facts:
    """A few figures or words that are read at a glance: label, value, and a note under it."""

    title: str
    rows: Sequence[tuple[str, Any, str]]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; `numeric` are the columns set flush right; `empty` says what to do when there are none."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str
    numeric: frozenset[int] = frozenset()
    more: str = ""  # an address with all of them
    note: str = ""
    foot: Sequence[Sequence[Any]] = ()
    on: str = ""  # with a box for the day that it is asked for ("2026-05-01"), where the panel has one
    has_day: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures by label, drawn as bars or a line; `unit` stands in the title, so that no figure is without one."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[Any]]
    shape: str = "bar"
    note: str = ""
    empty: str = ""
    kind: str = "chart"

    @property
    def data(self) -> str:
        """Return the figures as Chart.js takes them."""
        colors = ("var(--color-primary-600)", "var(--color-primary-300)", "var(--color-base-400)")
        datasets = [
            {
                "label": name,
                "data": [str(value) for value in values],
                "backgroundColor": color,
                "borderColor": color,
                "displayYAxis": True,
            }
            for (name, values), color in zip(self.series.items(), colors, strict=False)
        ]
        return json.dumps({"labels": list(self.labels), "datasets": datasets})

    @property
    def summary(self) -> str:
        """Return the figures in words, for those who cannot see the drawing."""
        said = [
            f"{name} {label}: {value}"
            for name, values in self.series.items()
            for label, value in zip(self.labels, values, strict=True)
        ]
        return "; ".join(said)


Panel = Facts | Table | Chart


@dataclass(frozen=True, slots=True)
class Page:
    """The panels of an object, `main` wide and `side` narrow."""

    main: list[Panel] = field(default_factory=list)
    side: list[Panel] = field(default_factory=list)


class Roof(Protocol):
    """What the module of settings.STAFF_PAGES offers."""

    def page(self, obj: models.Model, *, now: datetime, on: str = "") -> Page:
        """Return what the page of this object shows; `on` is the day that somebody asks about, as typed."""

    def outlook(self, subject: models.Model, *, now: datetime) -> Sections:
        """Return what lies ahead of this object: compared before and after by a rehearsal."""

    def totals(self, subjects: Sequence[models.Model], *, now: datetime) -> Sections:
        """Return what lies ahead of many objects together, summed up."""

    def consequences(self, activities: Sequence[Activity], *, now: datetime) -> Sections:
        """Return what these activities brought about: documents, mails, webhooks."""


def roof() -> Roof:
    """Return the module that joins the floors for staff."""
    module: Any = import_module(settings.STAFF_PAGES)
    return module  # type: ignore[no-any-return]


def asked_moment(typed: str, zone: str) -> datetime | None:
    """Return the beginning of a day that was asked for, by the zone's calendar; None if none was, or it is no day."""
    with suppress(ValueError, OverflowError):
        day = date.fromisoformat(typed)
        return local_midnight(day, zone) if FIRST_YEAR <= day.year <= LAST_YEAR else None
    return None


def link(obj: models.Model | None, text: str = "") -> SafeString | str:
    """Return a link to the staff page of an object, or a dash for none."""
    if obj is None:
        return "–"
    said = text or str(obj)
    kind = "" if " " in said or len(said) > LONGEST_CODE else " class=staff-code"
    return format_html('<a href="{}"{}>{}</a>', page_address(obj), kind, said)


def page_address(obj: models.Model) -> str:
    """Return the address of the staff page of an object."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def list_address(model: type[models.Model], query: str = "") -> str:
    """Return the address of the list of a model, under a filter such as "status=draft"."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def list_link(address: str, text: str) -> SafeString:
    """Return a link to a list."""
    return format_html('<a href="{}">{}</a>', address, text)
