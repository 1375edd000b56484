"""
Two runs at the same customers at the same moment, made to meet: one has read what is due and has not yet written.

The lock keeps the second away; without the lock the constraints refuse it; without both the judge finds it out.
"""

import threading
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection

from billing_site import books
from customers.models import Customer
from invoicing.services import billing
from tests import companies, databases
from tests.soak import judge

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 2, 2, tzinfo=UTC)
UNDEFENDED = """
    ALTER TABLE invoicing_billedperiod DROP CONSTRAINT period_one_successor, DROP CONSTRAINT period_previous_exists,
        DROP CONSTRAINT period_one_end;
    ALTER TABLE invoicing_invoice DROP CONSTRAINT invoicing_invoice_operation_key_key;
"""


@pytest.fixture
def due_customers(django_db_blocker_lifted):
    """Three customers in arrears, of whom January is due."""
    with databases.fresh():
        _, in_arrears = companies.catalogue(BEGIN)
        companies.usage(companies.subscribers(3, [in_arrears], BEGIN), days=20)
        billing.bill_due(now=BEGIN)
        yield list(Customer.objects.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def other_run(due_customers, monkeypatch):
    """Have another run bill the same customers while the first is between reading and writing; its answers."""
    compose, answers = billing.composition.compose, []

    def bill():
        answers.append(billing.bill_customers(due_customers, now=NOW))
        connection.close()

    def meet(chunk, *, now):
        drafts = compose(chunk, now=now)
        monkeypatch.setattr(billing.composition, "compose", compose)
        thread = threading.Thread(target=bill)
        thread.start()
        thread.join()
        return drafts

    monkeypatch.setattr(billing.composition, "compose", meet)
    return answers


@pytest.fixture
def _no_locks(monkeypatch):
    monkeypatch.setattr(
        billing.locks, "keys_in_order", lambda rows, **_: list(rows.order_by("pk").values_list("pk", flat=True))
    )


def test_the_lock_keeps_a_second_run_away(due_customers, other_run):
    assert billing.bill_customers(due_customers, now=NOW) == (3, 3)

    assert other_run == [(0, 0)]
    assert judge.problems(NOW) == []


@pytest.mark.usefixtures("_no_locks")
def test_without_the_lock_the_constraints_refuse_the_second(due_customers, other_run):
    with pytest.raises(IntegrityError, match="period_one_(successor|end)"):
        billing.bill_customers(due_customers, now=NOW)

    assert other_run == [(3, 3)]
    assert judge.problems(NOW) == []


@pytest.mark.usefixtures("_no_locks")
def test_without_lock_and_constraints_the_judge_and_the_audit_find_it_out(due_customers, other_run):
    with connection.cursor() as cursor:
        cursor.execute(UNDEFENDED)

    billing.bill_customers(due_customers, now=NOW)

    found = judge.problems(NOW)
    assert len([problem for problem in found if problem.endswith(": 2 instead of 1")]) == 9  # 3 invoices, 6 periods
    broken = {finding.invariant.name for finding in books.audit_books(now=NOW)}
    assert {"periods_do_not_overlap", "periods_form_a_chain", "usage_is_charged_once", "constraints_stand"} <= broken
