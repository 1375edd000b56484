"""One POST to an address that somebody else chose: bounded in time and size, never redirected, never inside."""

import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import httpcore
from django.conf import settings

from webhooks.calculations.addresses import DEFAULT_PORTS, Network, Refused, ascii_host, networks, parts
from webhooks.providers.network import GuardedNetwork, deadline

SECONDS = 10
MOST_READ, MOST_KEPT = 64 * 1024, 2 * 1024
_SAFE_IN_TARGET = "/%:@!$&'()*+,;=~-._?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: a status and the beginning of the body, or an error in words."""

    milliseconds: int
    status: int | None = None
    error: str = ""
    body: str = ""
    retry_after: int | None = None  # seconds

    @property
    def is_taken(self) -> bool:
        """Test if the other side said that it has it (any 2xx; a redirect is none)."""
        return self.status is not None and 200 <= self.status < 300


def allowed_networks() -> tuple[Network, ...]:
    """Return the networks inside which may be called, by the setting."""
    return networks(settings.WEBHOOK_ALLOWED_NETWORKS)


def post(url: str, headers: Mapping[str, str], body: bytes, seconds: float = SECONDS) -> Answer:
    """Return what came of the request, in so many seconds at most; whatever happens on the way is an answer too."""
    started = time.monotonic()
    mark = deadline.set(started + seconds)
    try:
        status, retry_after, text = _exchange(url, headers, body)
    except (Refused, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        return Answer(_since(started), error=f"{type(error).__name__}: {error}"[:300])
    finally:
        deadline.reset(mark)
    return Answer(_since(started), status=status, body=text, retry_after=retry_after)


def _exchange(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, int | None, str]:
    found = parts(url)
    host = ascii_host(found.hostname or "")
    target = quote(f"{found.path or '/'}{'?' if found.query else ''}{found.query}", safe=_SAFE_IN_TARGET)
    port = found.port or DEFAULT_PORTS[found.scheme]
    address = httpcore.URL(scheme=found.scheme, host=host, port=port, target=target)
    sent = [(name, value) for name, value in {"Accept-Encoding": "identity", **headers}.items()]
    kept, read = b"", 0
    with _pool(found.scheme, allowed_networks()).stream("POST", address, headers=sent, content=body) as response:
        for chunk in response.iter_stream():
            kept, read = kept + chunk[: MOST_KEPT - len(kept)], read + len(chunk)
            if read > MOST_READ:
                break
        status, answered = response.status, response.headers
    return status, _retry_after(answered), kept.decode(errors="replace").replace("\0", "")


@cache
def _pool(scheme: str, allowed: tuple[Network, ...]) -> httpcore.ConnectionPool:
    network = GuardedNetwork(scheme, allowed)
    return httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=network, max_connections=64, keepalive_expiry=30
    )


def _retry_after(headers: Sequence[tuple[bytes, bytes]]) -> int | None:
    """Return the seconds that the answer asks to wait, if it says so in seconds."""
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return min(int(said), 24 * 3600) if said.isdigit() and len(said) < 9 else None


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
