"""Drafts made final by processes side by side, a third of the times taken back: their numbers are dense."""

import multiprocessing
import random
from collections import deque
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from billing_site import books
from customers.models import BillingEntity
from customers.services import billing_entities, customers
from invoicing.models import Invoice
from invoicing.services import billing, finalization
from plans.services import plans, subscriptions

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
SERIES, PROCESSES = 3, 8
_fork = multiprocessing.get_context("fork")


def drafts(count: int) -> None:
    """Make so many customers of three billing entities, each numbered by itself, with a draft."""
    for number in range(SERIES):
        entity = billing_entities.create(code=f"entity-{number}", name=f"Entity {number}", now=BEGIN)
        billing_entities.update(entity, now=BEGIN, document_numbering=BillingEntity.Numbering.PER_ENTITY)
    sold = plans.create(
        now=BEGIN, code="sold", name="Sold", interval="monthly", amount_cents=1000, amount_currency="EUR",
        pay_in_advance=True,
    )  # fmt: skip
    for number in range(count):
        customer = customers.upsert(
            f"numbered-{number}", now=BEGIN, currency="EUR", invoice_grace_period=3,
            billing_entity_code=f"entity-{number % SERIES}",
        )  # fmt: skip
        subscriptions.create(customer, sold, external_id=f"numbered-{number}", now=BEGIN)
    billing.bill_due(now=BEGIN)


def finalize_all() -> int:
    """Make all drafts final by eight processes, and return how many times one was taken back."""
    keys = list(Invoice.objects.filter(status="draft").order_by("pk").values_list("pk", flat=True))
    connection.close()  # a forked process must not share it
    taken_back = _fork.Value("i", 0)
    workers = [
        _fork.Process(target=_work, args=(keys[place::PROCESSES], place, taken_back)) for place in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    return int(taken_back.value)


def _work(keys: list[int], seed: int, taken_back) -> None:
    chance, waiting = random.Random(seed), deque(keys)
    while waiting:
        key = waiting.popleft()
        with transaction.atomic():
            finalization.finalize(Invoice.objects.get(pk=key), now=BEGIN + timedelta(days=4))
            if chance.random() < 1 / 3:
                transaction.set_rollback(True)
                waiting.append(key)
                with taken_back.get_lock():
                    taken_back.value += 1
    connection.close()


def problems() -> list[str]:
    """Return what is wrong with the numbers, if anything."""
    found = [finding.invariant.name for finding in books.audit_books(now=BEGIN + timedelta(days=4))]
    for entity in BillingEntity.objects.filter(code__startswith="entity-"):
        numbers = list(
            Invoice.objects.filter(billing_entity=entity).order_by("entity_sequential_id")
            .values_list("entity_sequential_id", flat=True)
        )  # fmt: skip
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{entity.code}: {numbers}")
    return found
