"""Some seconds of the soak run on each test run, and what its judge says once the defences are gone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from invoicing.models import ParkedCustomer
from tests import companies, databases
from tests.soak import verdict
from tests.soak.killing import KillRun

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
UNDEFENDED = """
    ALTER TABLE invoicing_billedperiod DROP CONSTRAINT period_one_successor, DROP CONSTRAINT period_previous_exists,
        DROP CONSTRAINT period_one_end;
    ALTER TABLE invoicing_invoice DROP CONSTRAINT invoicing_invoice_operation_key_key;
"""


@pytest.fixture(scope="module")
def company_name(django_db_blocker):
    with django_db_blocker.unblock(), databases.fresh():
        subscribed = companies.subscribers(60, companies.catalogue(BEGIN), BEGIN, late=BEGIN + timedelta(days=35))
        companies.usage(subscribed, days=60)
        name = connection.settings_dict["NAME"]
        connection.close()
        yield name


@pytest.fixture
def company(company_name, django_db_blocker):
    with django_db_blocker.unblock(), databases.copy(company_name):
        yield


@pytest.mark.usefixtures("company")
def test_killed_runs_bill_each_period_once():
    run = KillRun(BEGIN + timedelta(days=62), seconds=6, processes=4, pause=0.3)

    run.run()

    assert verdict.problems(run.now) == []
    assert run.kills > 10


@pytest.mark.usefixtures("company")
def test_without_locks_the_constraints_alone_keep_each_period_single():
    run = KillRun(BEGIN + timedelta(days=62), seconds=3, processes=4, pause=1, with_locks=False)

    run.run()

    assert not [problem for problem in verdict.problems(run.now) if ": 2 instead of 1" in problem]
    assert ParkedCustomer.objects.exists(), "nobody met anybody"


@pytest.mark.usefixtures("company")
def test_without_locks_and_constraints_the_same_run_is_found_out():
    with connection.cursor() as cursor:
        cursor.execute(UNDEFENDED)
    run = KillRun(BEGIN + timedelta(days=62), seconds=3, processes=4, pause=1, with_locks=False)

    run.run()
    problems = verdict.problems(run.now)

    assert any(problem.startswith("period ") and ": 2 instead of 1" in problem for problem in problems)
    assert any(problem.startswith("periods_form_a_chain") for problem in problems)
