"""A client that costs little: requests made beforehand, sent over kept connections by threads."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence


def request(path: str, body: bytes = b"", *, key: str = "", method: str = "POST") -> bytes:
    """Return the bytes of an HTTP request."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{authorization}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(port: int, requests: Sequence[bytes], *, connections: int) -> tuple[float, list[float]]:
    """
    Send all requests, and return how long that took and the seconds of each answer.

    :raises RuntimeError: with what was answered first that is no 200
    """
    waiting, times, refused = iter(requests), [], []
    guard = threading.Lock()
    threads = [threading.Thread(target=_send, args=(port, waiting, guard, times, refused)) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused or len(times) != len(requests):
        refused = refused or [b"a connection broke"]
        raise RuntimeError(refused[0][:2000].decode(errors="replace"))
    return time.perf_counter() - began, times


def one(port: int, message: bytes) -> bytes:
    """
    Send one request and return the body of its answer.

    :raises RuntimeError: if it is no 200
    """
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answer = _answer(connection, message)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:2000].decode(errors="replace"))
    return answer.partition(b"\r\n\r\n")[2]


def _send(port: int, waiting: Iterator[bytes], guard: threading.Lock, times: list[float], refused: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not refused:
            with guard:
                message = next(waiting, None)
            if message is None:
                return
            began = time.perf_counter()
            answer = _answer(connection, message)
            times.append(time.perf_counter() - began)
            if not answer.startswith(b"HTTP/1.1 200"):
                refused.append(answer)


def _answer(connection: socket.socket, message: bytes) -> bytes:
    connection.sendall(message)
    received = connection.recv(1 << 20)
    while received and b"\r\n\r\n" not in received:
        received += connection.recv(1 << 20)
    head, _, body = received.partition(b"\r\n\r\n")
    chunks, missing = [received], _length(head) - len(body)
    while missing > 0 and (chunk := connection.recv(1 << 20)):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0
