"""The minimum commitment of a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core import activity
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


def terms_of(plan: Plan) -> dict[str, Any] | None:
    """Return what the plan's commitment says, as `replace` takes it; None if it has none."""
    commitment = Commitment.objects.filter(plan=plan).prefetch_related("taxes").first()
    if commitment is None:
        return None
    return {
        "amount_cents": commitment.amount_cents,
        "invoice_display_name": commitment.invoice_display_name,
        "tax_codes": sorted(tax.code for tax in commitment.taxes.all() if tax.deleted_at is None),
    }


def follow(plan: Plan, before: Mapping[str, Any] | None, *, now: datetime) -> None:
    """Give the plans made from this one its commitment of now, or none, where they still had the one before."""
    after = terms_of(plan)
    if after == before:
        return
    for child in Plan.objects.live().filter(parent=plan).order_by("pk").select_for_update():
        if terms_of(child) == before:
            replace(child, after, now=now)
            activity.record("plan.updated", child, now=now, details={"cascade": plan.code})
