"""
Connections to addresses that others chose, none of which leads inside (reliability L33).

A name is resolved once, at the moment of connecting; all that it resolves to is checked; and the connection is made to
the very address that was checked, so that a name which changes its mind in between (rebinding) changes nothing. TLS is
still spoken with the name. What a request may take in all is bounded, however slowly the other side sends.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any

import httpcore

from webhooks.calculations.addresses import Address, Network, Refused, check

Resolve = Callable[..., Iterable[Any]]
# By the monotonic clock; set for each request by `providers.http`.
deadline: ContextVar[float] = ContextVar("deadline")


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects for one scheme to what may be called; `resolve` is socket.getaddrinfo."""

    def __init__(self, scheme: str, allowed: Sequence[Network], resolve: Resolve = socket.getaddrinfo) -> None:
        self.scheme, self.allowed, self.resolve = scheme, allowed, resolve
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """
        Return a connection to a checked address of the host.

        :raises Refused: if any of its addresses may not be called
        :raises httpcore.ConnectError: if it has none, or none answers
        """
        found = self._addresses(host, port)
        for address in found:
            check(address, port, self.scheme, self.allowed)
        trouble: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in found:
            try:
                return _Bounded(self.inner.connect_tcp(str(address), port, timeout=_left(timeout)))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            answers = self.resolve(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not known to DNS") from error
        except UnicodeError as error:
            raise Refused("this is not the name of a host") from error
        texts = dict.fromkeys(str(answer[4][0]).partition("%")[0] for answer in answers)
        return [ip_address(text) for text in texts]

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Refuse: a socket of this machine is inside."""
        raise Refused("a socket of this machine is not called")

    def sleep(self, seconds: float) -> None:
        """Refuse: nothing is tried again here, that is for the delivery."""
        raise NotImplementedError


class _Bounded(httpcore.NetworkStream):
    """A stream of which each step has only what is left of its request's time."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, timeout=_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, timeout=_left(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self.inner.start_tls(ssl_context, server_hostname, timeout=_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _left(timeout: float | None) -> float:
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the answer took too long")
    return left if timeout is None else min(timeout, left)
