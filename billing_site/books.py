"""All that must be true of the books: the floors' invariants, and that the schema's defences stand."""

from datetime import datetime

from django.conf import settings

from billing_site.core import audit, catalogue
from billing_site.core.audit import Finding, Invariant
from credits.selectors import audit as credits
from customers.selectors import audit as customers
from invoicing.selectors import audit as invoicing
from metering.selectors import audit as metering
from plans.selectors import audit as plans

LABELS = ("core", "customers", "metering", "plans", "credits", "invoicing", "webhooks")
TRIGGERS = (("core_activity", "core_activity_kept"), *credits.TRIGGERS, *invoicing.TRIGGERS)
CONSTRAINTS = (*metering.CONSTRAINTS, *invoicing.CONSTRAINTS)


def invariants() -> list[Invariant]:
    """Return all of them, the ground floor's first."""
    is_embedded = "embedded" in settings.DATABASES["default"]["ENGINE"]
    return [
        *catalogue.defences(
            LABELS,
            triggers=TRIGGERS,
            constraints=CONSTRAINTS,
            is_durable=settings.EMBEDDED_POSTGRES["DURABLE"] if is_embedded else True,
        ),
        *customers.INVARIANTS,
        *metering.INVARIANTS,
        *plans.INVARIANTS,
        *credits.INVARIANTS,
        *invoicing.INVARIANTS,
    ]


def audit_books(*, now: datetime) -> list[Finding]:
    """Return the invariants that are broken, each with the first rows that break it."""
    return audit.findings(invariants(), now=now)
