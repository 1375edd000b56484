from datetime import UTC, datetime

import pytest

from tests.databases import fresh
from tests.webhooks.receivers import listening

NOW = datetime(2024, 3, 5, 12, 12, tzinfo=UTC)


@pytest.fixture
def company(django_db_blocker_lifted, settings):
    """A company in a database of its own, which may call receivers on loopback."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with fresh():
        yield


@pytest.fixture
def receiver():
    with listening() as found:
        yield found
