"""The two official clients, called alike: by method and address, with a body; each finds its own function for that."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JAVASCRIPT = Path(__file__).parent / "javascript"


@dataclass(frozen=True)
class Answer:
    """What a client gave back; a refusal too, whose status it knows."""

    status: int
    value: Any


class JavaScript:
    """Lago's client for JavaScript, in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.operations: frozenset[str] = frozenset(self._ask(operations=True)["operations"])

    def call(self, method: str, address: str, body: Any = None) -> Answer:
        """Call the function that is for this; a client that breaks fails the test."""
        path, _, query = address.partition("?")
        asked = dict(pair.split("=") for pair in query.split("&") if pair)
        answer = self._ask(method=method, path=f"/{path}", body=body or None, query=asked)
        assert "status" in answer, answer
        return Answer(answer["status"], answer["value"])

    def _ask(self, **question: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: PT018
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextlib.contextmanager
def javascript(address: str, key: str) -> Iterator[JavaScript]:
    """Run the client against an address."""
    command = ["node", "caller.mjs", address, key]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    process = subprocess.Popen(
        command, cwd=JAVASCRIPT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield JavaScript(process)
    finally:
        process.kill()
        process.wait()
