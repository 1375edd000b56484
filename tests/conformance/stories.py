"""Telling a case: its requests, its clock, and what it remembers on the way."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
import yaml
from django.core.management import call_command
from django.test import Client

from tests.conformance.matching import mismatch

FOLDER = Path(__file__).parent
VERBS = ("get", "post", "put", "patch", "delete")
_NAME = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Case:
    id: str
    steps: list[dict[str, Any]]


class Failed(AssertionError):
    """A step did not answer what the case expects."""


def load() -> list[Case]:
    """Return all cases, by id."""
    return sorted(_cases(), key=lambda case: case.id)


def pending() -> list[str]:
    """Return the ids that cannot pass yet."""
    return (FOLDER / "pending.txt").read_text().split()


def _cases() -> Iterator[Case]:
    for path in sorted((FOLDER / "cases").rglob("*.yaml")):
        for case in yaml.load(path.read_text(), Loader=yaml.CSafeLoader):
            yield Case(case["id"], case["steps"])


def tell(case: Case, key: str) -> None:
    """
    Run the steps of a case through the API, in its own time.

    :raises Failed: at the first step that is answered otherwise
    """
    client = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
    saved: dict[str, Any] = {}
    with time_machine.travel(datetime.fromisoformat(case.steps[0]["at"]), tick=False) as clock:
        for number, step in enumerate(case.steps, 1):
            if "at" in step:
                clock.move_to(datetime.fromisoformat(step["at"]))
            if step.get("tick"):
                call_command("tick", stdout=_Silent())
                call_command("drain", stdout=_Silent())
            verb = next((verb for verb in VERBS if verb in step), None)
            if verb:
                _request(client, verb, step, saved, f"{case.id} step {number}")


class _Silent:
    def write(self, text: str) -> None: ...


def _request(client: Client, verb: str, step: Mapping[str, Any], saved: dict[str, Any], where: str) -> None:
    path = "/api/v1" + _filled(step[verb], saved)
    body = json.dumps(_filled(step["body"], saved), default=str) if "body" in step else None
    extra = {"data": body, "content_type": "application/json"} if body is not None else {}
    response = getattr(client, verb)(path, **extra)
    text = response.content.decode()
    answer = json.loads(text) if text and response.headers["Content-Type"].startswith("application/json") else None
    where = f"{where} ({verb} {path})"
    if response.status_code != step.get("status", 200):
        raise Failed(f"{where}: status {response.status_code}: {text[:300]}")
    if "expect" in step and (wrong := mismatch(_filled(step["expect"], saved), answer)):
        raise Failed(f"{where}: {wrong}")
    for name, route in (step.get("save") or {}).items():
        saved[name] = _at(answer, route, where)
    call_command("drain", stdout=_Silent())


def _filled(value: Any, saved: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        if whole:
            return saved[whole.group(1)]
        return _NAME.sub(lambda name: str(saved[name.group(1)]), value)
    if isinstance(value, Mapping):
        return {key: _filled(item, saved) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, saved) for item in value]
    return value


def _at(answer: Any, route: str, where: str) -> Any:
    for part in route.split("."):
        try:
            answer = answer[int(part)] if isinstance(answer, list) else answer[part]
        except (KeyError, IndexError, TypeError):
            raise Failed(f"{where}: there is no {route} in the answer") from None
    return answer
