"""The minimum commitment of a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.selectors import taxes as tax_selectors
from plans.models import Commitment, Plan


def replace(plan: Plan, terms: Mapping[str, Any] | None, *, now: datetime) -> Commitment | None:
    """
    Give the plan this commitment, or none if there are no terms. Amounts in minor units.

    :raises NotFound: if a tax is unknown
    """
    present = Commitment.objects.filter(plan=plan).first()
    if not terms:
        if present:
            present.delete()
        return None
    commitment = present or Commitment(plan=plan, created_at=now)
    commitment.amount_cents, commitment.updated_at = terms["amount_cents"], now
    if "invoice_display_name" in terms:
        commitment.invoice_display_name = terms["invoice_display_name"] or ""
    commitment.save()
    if terms.get("tax_codes") is not None:
        commitment.taxes.set(tax_selectors.by_codes(terms["tax_codes"]))
    return commitment


def copy(plan: Plan, child: Plan, *, now: datetime) -> None:
    """Give a plan made from another one the same commitment, if there is one."""
    shared = Commitment.objects.filter(plan=plan).first()
    if shared is None:
        return
    own = Commitment(plan=child, amount_cents=shared.amount_cents, created_at=now, updated_at=now)
    own.invoice_display_name = shared.invoice_display_name
    own.save(force_insert=True)
    own.taxes.set(shared.taxes.all())
