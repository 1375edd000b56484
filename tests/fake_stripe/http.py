"""The fake over HTTP, with the faults that a network and a provider have, by dice."""

import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fake_stripe.book import Book, error

FAULTS = ("before", "after", "reset", "stored_500", "unstored_500", "conflict", "too_many")
TOO_LONG = 3.0


class Handler(BaseHTTPRequestHandler):
    """`server` has the book, the dice and the share of requests that go wrong."""

    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: Any) -> None: ...

    @property
    def book(self) -> Book:
        return self.server.book

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        asked = dict(parse_qsl(path.query))
        if path.path.startswith("/_"):
            return self._answer(200, self._act(path.path[2:], asked) or {})
        return self._with_faults(lambda: self._read(path.path, asked), None)

    def _act(self, act: str, asked: dict[str, str]) -> Any:
        """Do what tests ask for: be the customer or the bank, move the clock, let things go wrong."""
        if act == "book":
            book = self.book
            return {"charges": book.charges(), "refunds": book.refunds, "calls": book.calls, "events": book.events}
        if act == "clock":
            self.book.now = int(asked["now"])
            return None
        if act == "refunds_are":
            self.book.refund_status = asked["status"]
            return None
        if act == "share":
            self.server.share = float(asked["share"])
            return None
        asked = _nested(list(asked.items()))
        acts = {
            "settle": self.book.move,
            "pay": self.book.pay_at_page,
            "charge": lambda **form: self.book.charge(form)[1],
            "refund": lambda **form: self.book.refund(form)[1],
            "dispute": self.book.dispute,
            "decide": self.book.decide,
            "move_refund": self.book.move_refund,
            "tamper": self.book.tamper,
            "forget": self.book.forget,
            "forget_refund": self.book.forget_refund,
        }
        return acts[act](**asked)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked, key = _nested(parse_qsl(body)), self.headers.get("Idempotency-Key") or ""
        path = urlsplit(self.path).path
        if one := re.fullmatch(r"/v1/payment_intents/(\w+)/cancel", path):
            return self._with_faults(lambda: self.book.cancel(one[1]), (key, asked))
        if one := re.fullmatch(r"/v1/checkout/sessions/(\w+)/expire", path):
            return self._with_faults(lambda: self.book.expire(one[1]), (key, asked))
        if one := re.fullmatch(r"/v1/payment_methods/(\w+)/detach", path):
            return self._with_faults(lambda: self.book.detach(one[1]), (key, asked))
        act = {
            "/v1/refunds": self.book.refund,
            "/v1/payment_intents": self.book.charge,
            "/v1/customers": self.book.customer,
            "/v1/checkout/sessions": self.book.session,
        }[path]
        return self._with_faults(lambda: act(asked), (key, asked))

    def _read(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if one := re.fullmatch(r"/v1/payment_intents/(\w+)", path):
            return 200, self.book.intents[one[1]]
        if one := re.fullmatch(r"/v1/refunds/(\w+)", path):
            return 200, self.book.refund_of(one[1])
        if one := re.fullmatch(r"/v1/disputes/(\w+)", path):
            return 200, self.book.disputes[one[1]]
        if of := re.fullmatch(r"/v1/customers/(\w+)/payment_methods", path):
            stored = {"id": f"pm_{of[1].removeprefix('cus_')}", "object": "payment_method", "type": "card",
                      "card": {"brand": "visa", "last4": "4242"}}  # fmt: skip
            kept = [] if stored["id"] in self.book.detached else [stored]
            return 200, {"object": "list", "data": kept, "has_more": False, "url": path}
        book = self.book
        rows = {"/v1/refunds": book.refunds, "/v1/events": book.events, "/v1/disputes": book.disputes.values(),
                "/v1/payment_intents": book.intents.values()}[path]  # fmt: skip
        return 200, _page(path, list(rows), query)

    def _with_faults(self, act: Any, keyed: tuple[str, Any] | None) -> None:
        with self.book.guard:
            self.book.calls += 1
            fault = self.server.dice.choice(FAULTS) if self.server.dice.random() < self.server.share else ""
            status, body, headers = 0, None, {}
            if fault == "conflict":
                status, body = 409, error("idempotency_error", "Another request is at it.")
            elif fault == "too_many":
                status, body, headers = 429, error("rate_limit_error", "Too many."), {"Retry-After": "2"}
            elif fault == "unstored_500":
                status, body = 500, error("api_error", "Before anything was done.")
            elif fault != "before":
                status, body, headers = self._done(act, keyed, fault)
        if fault in ("before", "after"):
            time.sleep(TOO_LONG)
        if fault in ("before", "after", "reset"):
            self.close_connection = True
            self.connection.close()
            return
        self._answer(status, body, headers)

    def _done(self, act: Any, keyed: tuple[str, Any] | None, fault: str) -> tuple[int, Any, dict[str, str]]:
        """Do it, or answer as the first time; a stored failure comes after the effect and stays."""
        if keyed is None or not keyed[0]:
            return (*act(), {})
        key, asked = keyed
        if (known := self.book.stored(key, asked)) is not None:
            return (*known, {"Idempotent-Replayed": "true"})
        status, body = act()
        if fault == "stored_500":
            status, body = 500, error("api_error", "After it was done.")
        self.book.keys[key] = (self.book.now, asked, status, body)
        return status, body, {}

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _page(path: str, rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """Return a page of a list, newest first, as Stripe filters and parts them."""
    since, of = int(query.get("created[gte]", 0)), {"customer", "payment_intent"} & query.keys()
    found = [row for row in reversed(rows) if row["created"] >= since and all(row[key] == query[key] for key in of)]
    if after := query.get("starting_after"):
        found = found[[row["id"] for row in found].index(after) + 1 :]
    limit = int(query.get("limit", 10))
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": path}


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a form's fields, `a[b][c]=d` as objects in objects."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *outer, last = re.findall(r"[^\[\]]+", name)
        place = found
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return found
