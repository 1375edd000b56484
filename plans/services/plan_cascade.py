"""What a change of a plan does to the plans that were made from it for single customers: they follow where equal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core import activity
from plans.models import Plan

FOLLOWED = ("name", "invoice_display_name", "description", "amount_cents")


def follow(plan: Plan, changes: Mapping[str, tuple[Any, Any]], *, now: datetime) -> None:
    """Carry changes (field → before, after) to each plan made from this one that still had the value before."""
    followed = {name: changes[name] for name in FOLLOWED if name in changes}
    if not followed:
        return
    for child in Plan.objects.live().filter(parent=plan).order_by("pk").select_for_update():
        own = {name: values for name, values in followed.items() if getattr(child, name) == values[0]}
        if own:
            for name, (_, value) in own.items():
                setattr(child, name, value)
            child.updated_at = now
            child.save(update_fields=[*own, "updated_at"])
            activity.record("plan.updated", child, now=now, changes=own, details={"cascade": plan.code})
