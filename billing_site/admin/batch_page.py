"""The page of a bulk action: how far it is, what could not be done and why, what was done."""

from datetime import datetime

from django.apps import apps

from billing_site.core.admin import batches
from billing_site.core.admin.panels import Facts, Page, Table, link
from billing_site.core.admin.shown import shown_moment
from billing_site.core.models import StaffBatch, StaffBatchRow

SHOWN = 50


def page(batch: StaffBatch, *, now: datetime) -> Page:
    """Return the progress and the latest rows; the number of queries does not depend on how many there are."""
    counts = batches.progress(batch)
    done, failed, waiting = (counts[state] for state in ("done", "failed", "pending"))
    facts = Facts(
        "Progress",
        [
            ("Done", f"{done:,} of {sum(counts.values()):,}", "finished" if not waiting else f"{waiting:,} to go"),
            ("Could not be done", f"{failed:,}", "“Try again what failed” has them tried again" if failed else ""),
            ("By", batch.asked_by_label, shown_moment(batch.created_at)),
            ("Why", batch.reason or "–", ""),
        ],
    )
    return Page(main=[facts, *([_rows(batch, "failed", "Could not be done")] if failed else []),
                      _rows(batch, "done", "Done")])  # fmt: skip


def _rows(batch: StaffBatch, state: str, title: str) -> Table:
    rows = list(StaffBatchRow.objects.filter(batch=batch, state=state).select_related("act").order_by("-pk")[:SHOWN])
    model = apps.get_model(batch.subject_type)
    subjects = model._default_manager.in_bulk([row.subject_id for row in rows])
    return Table(
        title,
        (str(model._meta.verbose_name).capitalize(), "Why" if state == "failed" else "What changed"),
        [(link(subjects.get(row.subject_id), row.subject_label), row.error or _changed(row)) for row in rows],
        empty="Nothing yet: rows come here as they are done.",
        note=f"The latest {SHOWN}." if len(rows) == SHOWN else "",
    )


def _changed(row: StaffBatchRow) -> str:
    if row.act is None:
        return "–"
    had, has = row.act.before, row.act.after
    changes = [f"{name}: {had.get(name, '–')} → {value}" for name, value in has.items() if had.get(name) != value]
    return "; ".join(changes) or "done"
