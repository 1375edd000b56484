"""Tests keep everything in var/tests, their PostgreSQL in memory where there is room."""

import os

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.memory import server_folder

_FOLDER = settings.BASE_DIR / "var" / "tests"
_SERVER = str(server_folder(_FOLDER / "postgres"))
# For this process; then for those that tests start.
settings.EMBEDDED_POSTGRES.update(DIR=_SERVER, DURABLE=False)
settings.STORAGES["default"]["OPTIONS"]["location"] = _FOLDER / "files"
settings.API_REQUESTS_PER_MINUTE = 0  # at clocks that stand still, all requests are of one minute
settings.STATIC_ROOT = _FOLDER / "static"
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
os.environ.update(VAR_DIR=str(_FOLDER), EMBEDDED_POSTGRES_DIR=_SERVER, EMBEDDED_POSTGRES_DURABLE="off")
os.environ["API_REQUESTS_PER_MINUTE"] = "0"

# How fast an example runs says nothing on a busy machine.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")


@pytest.fixture
def django_db_blocker_lifted(django_db_blocker):
    """Let a test use databases of its own (tests/databases.py) instead of pytest-django's."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """Make pytest-django's own database from the template too, instead of by migrations."""
    from tests import databases  # noqa: PLC0415 - once Django is set up

    with django_db_blocker.unblock():
        databases.migrated()
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = databases.MIGRATED
    connection.settings_dict.setdefault("TEST", {})["TEMPLATE"] = databases.MIGRATED
