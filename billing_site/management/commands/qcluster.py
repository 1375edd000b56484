import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django_q.cluster import Cluster

from metering.services import rollups

log = logging.getLogger(__name__)
ROLL_EVERY_SECONDS = 1


class Command(BaseCommand):
    help = "Run the worker: queued work, the scheduler's tick, and each second the rolling up of new events."

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = Cluster()
        cluster.start()
        # The parent of the worker's processes has nothing else to do.
        while cluster.sentinel.is_alive():
            self._roll()
            time.sleep(ROLL_EVERY_SECONDS)

    def _roll(self) -> None:
        """Roll once; a database that is away is asked again a second later."""
        try:
            rollups.roll()
        except Error as error:
            log.warning("events were not rolled up: %s", error)
            connection.close()
