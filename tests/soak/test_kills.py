"""Kills lose nothing and bill nothing twice: the long run. tests/invoicing/test_kills.py has some seconds of it."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from tests import companies
from tests.databases import fresh
from tests.soak import verdict
from tests.soak.killing import KillRun

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))


@pytest.mark.soak
def test_eight_runs_at_once_with_one_killed_each_second_bill_each_period_once(django_db_blocker_lifted):
    with fresh():
        plans = companies.catalogue(BEGIN)
        subscribed = companies.subscribers(400, plans, BEGIN, late=BEGIN + timedelta(days=35))
        companies.usage(subscribed, days=60)
        run = KillRun(BEGIN + timedelta(days=62), SECONDS)

        run.run()
        problems = verdict.problems(run.now, all_events=True)

    print(f"\n{run.kills} killed at work; the clock went on {run.months} times, to {run.now:%Y-%m-%d}")
    assert problems == []
    assert run.kills >= SECONDS / 2
