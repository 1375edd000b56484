"""Doing something for many customers at once, so that one whose account is broken does not stop the others."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction

from billing_site.core import activity
from invoicing.models import ParkedCustomer

log = logging.getLogger(__name__)
T = TypeVar("T")


def each_if_not_all(
    customers: Sequence[int], act: Callable[[Sequence[int]], T], *, now: datetime
) -> tuple[list[T], int]:
    """
    Do it for all of them, or where that fails for one at a time; who fails alone is parked.

    Returns what each said, and how many were parked.

    :raises OperationalError: if the database itself is in trouble: nobody's account is to blame
    """
    try:
        return [act(customers)], 0
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever one account's data did must not stop the others
        if len(customers) == 1:
            park(customers[0], error, now)
            return [], 1
        log.warning("a chunk failed (%s) and is done again one customer at a time", error)
    outcomes = [each_if_not_all([customer], act, now=now) for customer in customers]
    return [said for some, _ in outcomes for said in some], sum(parked for _, parked in outcomes)


@transaction.atomic
def park(customer_id: int, error: Exception, now: datetime) -> None:
    """Leave a customer out of runs, with the reason why, until somebody has looked."""
    log.exception("customer %s is parked", customer_id)
    reason = f"{type(error).__name__}: {error}"[:2000]
    parked, is_new = ParkedCustomer.objects.get_or_create(
        customer_id=customer_id, defaults={"reason": reason, "created_at": now, "updated_at": now}
    )
    if not is_new:
        parked.reason, parked.attempts, parked.updated_at = reason, parked.attempts + 1, now
        parked.save()
    activity.record("customer.parked", parked, now=now, details={"reason": reason})
