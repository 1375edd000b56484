"""All that must be true of the books: the floors' invariants, and that the schema's defences stand."""

from datetime import datetime

from django.conf import settings

from billing_site.core import audit, catalogue, seals
from billing_site.core.audit import Finding, Invariant
from billing_site.core.models import Seal
from credits.selectors import audit as credits
from customers.selectors import audit as customers
from invoicing.selectors import audit as invoicing
from metering.selectors import audit as metering
from plans.selectors import audit as plans
from webhooks.selectors import audit as webhooks

LABELS = ("core", "customers", "metering", "plans", "credits", "invoicing", "webhooks")
CHAINS = (seals.ACTIVITIES, invoicing.journal.CHAIN)
KEPT = (("core_activity", "core_activity_kept"), ("core_staffact", "core_staff_act_kept"))
TRIGGERS = (*KEPT, *customers.TRIGGERS, *plans.TRIGGERS, *credits.TRIGGERS, *invoicing.TRIGGERS, *webhooks.TRIGGERS)
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
        *(seals.invariant(chain) for chain in CHAINS),
    ]


def seal(*, now: datetime) -> int:
    """Seal what came into the log and the journal, and return how many rows that was."""
    return sum(seals.seal(chain, now=now) for chain in CHAINS)


def latest_seals() -> list[Seal]:
    """Return the last seal of each chain."""
    return [found for chain in CHAINS if (found := seals.latest(chain))]


def audit_books(*, now: datetime) -> list[Finding]:
    """Return the invariants that are broken, each with the first rows that break it."""
    return audit.findings(invariants(), now=now)
