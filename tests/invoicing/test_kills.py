"""Some seconds of the soak run in every test run."""

from datetime import UTC, datetime, timedelta

from tests import companies
from tests.databases import fresh
from tests.soak import verdict
from tests.soak.killing import KillRun

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)


def test_killed_runs_bill_each_period_once(django_db_blocker_lifted):
    with fresh():
        subscribed = companies.subscribers(60, companies.catalogue(BEGIN), BEGIN, late=BEGIN + timedelta(days=35))
        companies.usage(subscribed, days=60)
        run = KillRun(BEGIN + timedelta(days=62), seconds=6, processes=4, pause=0.3)

        run.run()
        problems = verdict.problems(run.now)

    assert problems == []
    assert run.kills > 3
