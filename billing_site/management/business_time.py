"""--at: what time it is for the business. Refused in production, where time is what it is."""

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime


def add_argument(parser: ArgumentParser) -> None:
    """Let a command take --at."""
    parser.add_argument("--at", metavar="TIME", help="business time (ISO 8601); not in production")


def business_time(options: Mapping[str, Any]) -> datetime:
    """
    Return the moment for which a command works.

    :raises CommandError: if it cannot be read, or must not be set here
    """
    if not options.get("at"):
        return timezone.now()
    if settings.IS_PRODUCTION:
        raise CommandError("In production the time is what it is: --at is refused.")
    try:
        moment = parse_datetime(options["at"])
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"Not a time: {options['at']}. Write it like 2026-01-31T12:00:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
