"""
Billing under fire: processes that run `run_billing` again and again while one of them is killed with -9.

The processes are forked from this one, so that a new one is at work in milliseconds and kills meet transactions and
not imports; each has its own connection. The business clock moves on as soon as little is due, so there is always work.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connection

from invoicing.services import billing, finalization
from plans.models import Subscription

_fork = multiprocessing.get_context("fork")
CHUNK_SIZE = 20  # small, so that processes meet often
IDLE_SECONDS = 0.05


@dataclass
class KillRun:
    """Keep `processes` billing for some seconds, killing one after each pause; `kills` says how many were at work."""

    begin: datetime
    seconds: float
    processes: int = 8
    pause: float = 1.0
    seed: int = 20
    kills: int = 0
    months: int = 0
    _clock: Any = field(default_factory=lambda: _fork.Value("d", 0.0))
    _alive: list[Any] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The business time that the processes work at."""
        return datetime.fromtimestamp(self._clock.value, UTC)

    def run(self) -> None:
        """Start the processes, kill and replace them, and stop all in the end, also with -9."""
        dice = random.Random(self.seed)
        self._clock.value = self.begin.timestamp()
        jobs: list[Callable[..., None]] = [_bill] * self.processes + [_finalize]
        connection.close()  # a forked process must not share it
        self._alive = [self._start(job) for job in jobs]
        try:
            self._kill_until(time.monotonic() + self.seconds, dice)
        finally:
            for _, process in self._alive:
                _kill(process)

    def _kill_until(self, end: float, dice: random.Random) -> None:
        while time.monotonic() < end:
            time.sleep(self.pause)
            place = dice.randrange(len(self._alive))
            job, process = self._alive[place]
            self.kills += process.is_alive()
            _kill(process)
            self._move_clock(dice)
            connection.close()
            self._alive[place] = self._start(job)

    def _move_clock(self, dice: random.Random) -> None:
        if Subscription.objects.filter(billing_at__lte=self.now).count() < 20:
            self._clock.value += timedelta(days=dice.randint(20, 40)).total_seconds()
            self.months += 1

    def _start(self, job: Callable[..., None]) -> tuple[Callable[..., None], Any]:
        process = _fork.Process(target=job, args=(self._clock,), daemon=True)
        process.start()
        return job, process


def _kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def _bill(clock: Any) -> None:
    billing.CHUNK_SIZE = CHUNK_SIZE
    while True:
        said = StringIO()
        call_command("run_billing", at=datetime.fromtimestamp(clock.value, UTC).isoformat(), stdout=said)
        if "Billed 0 customers" in said.getvalue():
            time.sleep(IDLE_SECONDS)


def _finalize(clock: Any) -> None:
    while True:
        if not finalization.finalize_due(now=datetime.fromtimestamp(clock.value, UTC)):
            time.sleep(IDLE_SECONDS)
