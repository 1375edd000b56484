"""Tests keep everything in var/tests; their PostgreSQL may lose commits if the machine fails."""

import os
import sys

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

_FOLDER = settings.BASE_DIR / "var" / "tests"
# For this process; then for those that tests start.
settings.EMBEDDED_POSTGRES.update(DIR=str(_FOLDER / "postgres"), DURABLE=False)
settings.STORAGES["default"]["OPTIONS"]["location"] = _FOLDER / "files"
os.environ.update(VAR_DIR=str(_FOLDER), EMBEDDED_POSTGRES_DURABLE="off")

# How fast an example runs says nothing on a busy machine.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")


@pytest.fixture
def django_db_blocker_lifted(django_db_blocker):
    """Let a test use databases of its own (tests/databases.py) instead of pytest-django's."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session", autouse=True)
def _template_is_removed():
    """Remove this process's template database in the end, if a test made one."""
    yield
    databases = sys.modules.get("tests.databases")
    if databases:
        databases.drop_template()
