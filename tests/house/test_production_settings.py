"""Production refuses to start with what is only good for a laptop."""

import os
import subprocess
import sys

import pytest

from tests.house import source

GOOD = {
    "DATABASE_URL": "postgres://user:password@database/countinghouse",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "ENCRYPTION_KEYS": "abcdefghijklmnopqrstuvwxyz0123456789",
    "ALLOWED_HOSTS": "billing.example.com",
}
SETTINGS = {*GOOD, "ENVIRONMENT", "DEBUG"}


def _start(**given: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process that has nothing of ours in its environment but `given`."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return subprocess.run(
        [sys.executable, "-c", "from billing_site import settings; print(settings.ENVIRONMENT)"],
        cwd=source.ROOT,
        env=inherited | given,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_external_database_means_production_and_good_values_start():
    started = _start(**GOOD)

    assert (started.returncode, started.stdout) == (0, "production\n"), started.stderr


def test_without_a_database_it_is_development():
    started = _start()

    assert (started.returncode, started.stdout) == (0, "development\n"), started.stderr


@pytest.mark.parametrize(
    "case, change, complaint",
    [
        ("no secret key", {"SECRET_KEY": None}, "Set SECRET_KEY"),
        ("the default secret key", {"SECRET_KEY": "for-development-only-never-in-production"}, "Set SECRET_KEY"),
        ("a short secret key", {"SECRET_KEY": "short"}, "Set SECRET_KEY"),
        ("no encryption key", {"ENCRYPTION_KEYS": None}, "Set ENCRYPTION_KEYS"),
        ("a short encryption key", {"ENCRYPTION_KEYS": f"{GOOD['ENCRYPTION_KEYS']},short"}, "Set ENCRYPTION_KEYS"),
        ("the same key for both", {"ENCRYPTION_KEYS": GOOD["SECRET_KEY"]}, "Set ENCRYPTION_KEYS"),
        ("debugging", {"DEBUG": "true"}, "DEBUG"),
        ("no hosts", {"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS"),
        ("hosts without names", {"ALLOWED_HOSTS": " , "}, "Set ALLOWED_HOSTS"),
        ("any host", {"ALLOWED_HOSTS": "*"}, "Set ALLOWED_HOSTS"),
    ],
)
def test_production_refuses(case: str, change: dict[str, str | None], complaint: str):
    given = {name: value for name, value in (GOOD | change).items() if value is not None}

    started = _start(**given)

    assert started.returncode == 1, case
    assert "ImproperlyConfigured" in started.stderr
    assert complaint in started.stderr.splitlines()[-1]
