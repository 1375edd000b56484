"""Other prices tried on what has been billed: the same ones differ by nothing, others by what they are."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_site import schedule
from invoicing.models import Fee, Invoice
from invoicing.services import backtests
from plans.models import Plan, Subscription
from plans.services import subscriptions
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 4, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def company(django_db_blocker):
    """Subscribers in three zones with three billed months, one of them at prices of its own."""
    with django_db_blocker.unblock(), databases.fresh():
        made = companies.subscribers(15, companies.catalogue(BEGIN), BEGIN)
        subscriptions.update(made[0], now=BEGIN, plan_overrides={"amount_cents": 777})
        companies.usage(made, days=85, events_a_day=2)
        for month in (2, 3, 4):
            schedule.tick(now=datetime(2024, month, 10, tzinfo=UTC))
        schedule.tick(now=NOW)  # drafts of days of grace too
        yield


def everybody():
    return list(Subscription.objects.filter(status="active").order_by("pk"))


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("periods", [1, 3])
def test_the_same_prices_come_to_what_was_billed(company, django_db_blocker, periods):
    with django_db_blocker.unblock():
        found = backtests.run(everybody(), {}, now=NOW, periods=periods)

        assert len(found) == 15
        assert {outcome.difference_cents for outcome in found.values()} == {0}
        assert {outcome.periods for outcome in found.values()} == {periods}
        assert sum(outcome.billed_cents for outcome in found.values()) > 0


def test_other_prices_differ_by_what_they_are_and_leave_nothing_behind(company, django_db_blocker):
    with django_db_blocker.unblock():
        before = (Plan.objects.count(), Fee.objects.count(), Invoice.objects.count())
        prices = {"amount_cents": 20_000, "charges": [{"code": "data", "properties": {"amount": "0.151"}}]}
        found = backtests.run(everybody(), prices, now=NOW)

        assert (Plan.objects.count(), Fee.objects.count(), Invoice.objects.count()) == before
        for subscription in everybody():
            invoice = subscription.invoice_subscriptions.order_by("-billed_at").first().invoice
            fees = invoice.fees.filter(subscription=subscription)
            data = fees.filter(item_code="data").get()
            fee = fees.get(fee_type="subscription")
            doubled = (data.units * 151 * 100 + 500) // 1000
            assert found[subscription.pk].difference_cents == 20_000 - fee.amount_cents + doubled - data.amount_cents


def test_it_asks_the_database_no_more_for_more_subscriptions(company, django_db_blocker):
    with django_db_blocker.unblock():
        shared = [row for row in everybody() if row.plan.parent_id is None and row.plan.code == "starter"]
        counts = []
        for some in (shared[:3], shared):
            with CaptureQueriesContext(connection) as queries:
                backtests.run(some, {"amount_cents": 5}, now=NOW)
            counts.append(len(queries))

        assert counts[0] == counts[1]
