"""Usage thresholds as rows that staff write, and in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from billing_site.core import money
from billing_site.core.admin.fields import figure, line, picked
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.rows import RowsField
from billing_site.core.admin.shown import shown_money
from billing_site.core.api.fields import MAX_CENTS
from plans.models import UsageThreshold

NAME = "usage_thresholds"
ONCE, AGAIN = "once", "again"


def threshold_rows(currency: str = "") -> RowsField:
    """Return the field for thresholds in a currency, or in the one that is chosen beside."""
    return RowsField(
        {
            "amount": figure(f"Usage ({currency})" if currency else "Usage"),
            "kind": picked("Billed", [(ONCE, "when it is reached"), (AGAIN, "each time it grows by that")]),
            "name": line("Name on invoices", required=False),
        },
        label="Usage is billed at once when it reaches",
        required=False,
        adds="Add a threshold",
        prefilled=("kind",),
        help_text="Of all usage since a subscription began. One may be billed each time: it counts from the highest "
        "other one on.",
    )


def read_cents(form: ActionForm, currency: str) -> None:
    """Work out the amounts of the rows in minor units; one that cannot be billed is refused at the rows."""
    for row in form.cleaned_data.get(NAME) or ():
        row["amount_cents"] = cents = form.exact_cents(NAME, row["amount"], currency, said=f"{row['amount']:f}: ")
        if cents is not None and cents > MAX_CENTS:
            form.add_error(NAME, f"{row['amount']:f}: That is more than can be billed.")


def thresholds_of(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows as the service, and the API, take them."""
    return [
        {
            "amount_cents": row["amount_cents"],
            "threshold_display_name": row["name"],
            "recurring": row["kind"] == AGAIN,
        }
        for row in answers[NAME]
    ]


def as_rows(thresholds: Iterable[UsageThreshold], currency: str) -> list[dict[str, str]]:
    """Return thresholds as they stand in the rows."""
    return [
        {
            "amount": f"{money.to_amount(row.amount_cents, currency):f}",
            "kind": AGAIN if row.recurring else ONCE,
            "name": row.threshold_display_name,
        }
        for row in thresholds
    ]


def amount_words(row: UsageThreshold, currency: str) -> str:
    """Return what usage must come to, in words."""
    amount = shown_money(row.amount_cents, currency)
    return f"each {amount} more" if row.recurring else amount


def in_words(thresholds: Iterable[UsageThreshold], currency: str) -> str:
    """Return thresholds in words, a line for each; `none` if there are none."""
    lines = [
        amount_words(row, currency) + (f" ({row.threshold_display_name})" if row.threshold_display_name else "")
        for row in thresholds
    ]
    return "\n".join(lines) or "none"
