"""The page of a request for a second person: who asks for what, why it waits, what came of it."""

from datetime import datetime

from billing_site.core.admin import consents
from billing_site.core.admin.panels import Facts, Page, Sections, link, roof
from billing_site.core.admin.shown import shown_moment
from billing_site.core.models import StaffRequest


def page(request: StaffRequest, *, now: datetime) -> Page:
    """Return the request in words."""
    subject = consents.subject_of(request)
    decided = f"by {request.decided_by_label}, {shown_moment(request.decided_at)}" if request.decided_at else ""
    said = f"{decided}: {request.decision_reason}" if request.decision_reason else decided
    about = request.subject_label if request.is_bulk else link(subject, request.subject_label)
    return Page(
        main=[
            Facts(
                "What is asked for",
                [
                    (request.title, about, "many at once" if request.is_bulk else ""),
                    ("By", request.asked_by_label, shown_moment(request.created_at)),
                    ("Why", request.reason or "–", ""),
                    ("Waits because", request.why_asked, ""),
                    ("State", request.get_state_display(), said),
                ],
            )
        ]
    )


def outlook(request: StaffRequest, *, now: datetime) -> Sections:
    """Return what lies ahead of the object that the act is about: compared by the rehearsal of the approval."""
    subject = None if request.is_bulk else consents.subject_of(request)
    return {} if subject is None else roof().outlook(subject, now=now)
