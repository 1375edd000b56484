"""Starting the fake as a process of its own, and asking it what it knows."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

from django.conf import settings


class FakeStripe:
    """A running fake."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> Any:
        """Ask it something; these questions never fail."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.address}{path}", timeout=10) as answer:
            return json.load(answer)


@contextlib.contextmanager
def fake_stripe(*, seed: int = 1, share: float = 0.0) -> Iterator[FakeStripe]:
    """Run a fake in which a share of all requests goes wrong, and point the gateway to it."""
    command = [sys.executable, "-m", "tests.fake_stripe", str(seed), str(share)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR)
    try:
        assert process.stdout is not None
        yield FakeStripe(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
