"""The end of a run under fire: one quiet run, a second that makes nothing, and the books are right."""

from datetime import datetime
from io import StringIO

from django.core.management import call_command

from billing_site import books
from invoicing.services import finalization
from tests.soak import judge


def problems(now: datetime, *, all_events: bool = False) -> list[str]:
    """Run what is left, then run again, and return all that is wrong."""
    _quiet_run(now)
    before = judge.state()
    _quiet_run(now)
    after = judge.state()
    found = [f"the second quiet run changed {before} to {after}"] if before != after else []
    found += judge.problems(now, all_events=all_events)
    return found + [f"{item.invariant.name}: {item.rows[:3]}" for item in books.audit_books(now=now)]


def _quiet_run(now: datetime) -> None:
    call_command("run_billing", at=now.isoformat(), stdout=StringIO())
    finalization.finalize_due(now=now)
