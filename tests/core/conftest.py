from datetime import UTC, datetime

import pytest
import time_machine

from tests.api.world import World
from tests.databases import KEY, fresh

NOW = datetime(2024, 3, 5, 12, 12, tzinfo=UTC)


@pytest.fixture
def clock(django_db_blocker_lifted):
    with fresh(), time_machine.travel(NOW, tick=False) as found:
        yield found


@pytest.fixture
def world(clock):
    """The API with a customer who has a wallet, and something to sell."""

    made = World(KEY)
    made._made("customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "code": "main"}
    made.names["wallet"] = made._made("wallets", {"wallet": wallet})["wallet"]["lago_id"]
    made._made("add_ons", {"add_on": {"name": "Setup", "code": "setup", "amount_cents": 100, "amount_currency": "EUR"}})
    return made
