"""No request reaches an inside address: whatever is asked for, a canary on loopback sees no connection."""

import socket
import time

import httpcore
import pytest

from tests.webhooks.providers.vectors import INSIDE, NOT_ADDRESSES, UNUSUAL
from tests.webhooks.receivers import listening
from webhooks.calculations.addresses import Refused, networks
from webhooks.providers import http, network
from webhooks.providers.network import GuardedNetwork


@pytest.fixture(scope="module")
def canary():
    with listening() as found:
        yield found


@pytest.mark.parametrize("url", [*INSIDE, *UNUSUAL, *NOT_ADDRESSES], ids=repr)
def test_nothing_inside_is_called(canary, url):
    answer = http.post(url.replace("PORT", str(canary.port)), {}, b"{}")

    assert (answer.status, bool(answer.error), canary.connections) == (None, True, 0)


@pytest.mark.parametrize("name, answers", [
    ("inside.example", ["127.0.0.1"]), ("mapped.example", ["::ffff:127.0.0.1"]), ("six.example", ["::1"]),
    ("both.example", ["93.184.216.34", "127.0.0.1"]), ("scoped.example", ["fe80::1%eth0"]),
])  # fmt: skip
def test_a_name_that_points_inside_is_not_called(canary, name, answers):
    with pytest.raises(Refused):
        _connect(
            lambda *args, **kwargs: [(0, 0, 0, "", (answer, canary.port)) for answer in answers], name, canary.port
        )

    assert canary.connections == 0


def test_a_name_that_changes_its_mind_is_resolved_once_and_the_checked_address_is_called(canary):
    """Rebinding: the first answer is one that may be called, all that follow lead to the canary."""
    with listening(host="127.0.0.2") as public:
        answers = [[("127.0.0.2", public.port)]]

        def resolve(host, port, **kwargs):
            return [(0, 0, 0, "", answer) for answer in (answers.pop() if answers else [("127.0.0.1", canary.port)])]

        stream = _connect(resolve, "rebinding.example", public.port, allowed=["127.0.0.2/32"])
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.2"
        stream.close()
        with pytest.raises(Refused):
            _connect(resolve, "rebinding.example", public.port, allowed=["127.0.0.2/32"])

    assert canary.connections == 0


def test_a_redirect_is_not_followed(settings, canary):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening(_redirect(f"http://localhost:{canary.port}/")) as first:
        answer = http.post(first.url, {}, b"{}")

    assert (answer.status, answer.is_taken, canary.connections) == (302, False, 0)


def test_proxies_of_the_environment_are_not_asked(settings, monkeypatch, canary):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    with listening() as asked:
        assert http.post(asked.url, {}, b"{}").status == 200

    assert canary.connections == 0


def test_what_is_sent_arrives_as_it_is(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening() as asked:
        answer = http.post(f"{asked.url}/é b?x=1&y=%20".replace(" ", ""), {"X-One": "1"}, '{"ü": 1}'.encode())

    assert (answer.status, answer.body, answer.is_taken) == (200, "ok", True)
    assert [(item.path, item.body) for item in asked.received] == [("/hook/%C3%A9b?x=1&y=%20", '{"ü": 1}'.encode())]
    assert asked.received[0].headers["Host"] == f"127.0.0.1:{asked.port}"
    assert asked.received[0].headers["X-One"] == "1"


@pytest.mark.parametrize(
    "status, is_taken", [(200, True), (204, True), (301, False), (400, False), (410, False), (503, False)]
)
def test_only_success_counts_as_taken(settings, status, is_taken):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening(status) as asked:
        assert http.post(asked.url, {}, b"{}").is_taken is is_taken


def test_an_endless_answer_is_cut(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening(_endless) as asked:
        answer = http.post(asked.url, {}, b"{}")

    assert answer.status == 200
    assert len(answer.body) == http.MOST_KEPT


def test_an_answer_that_drips_ends_with_the_time_of_the_whole_request(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    started = time.monotonic()
    with listening(_dripping) as asked:
        answer = http.post(asked.url, {}, b"{}", seconds=0.3)

    assert answer.status is None
    assert answer.error.startswith("ReadTimeout")
    assert time.monotonic() - started < 3


def test_an_answer_with_nul_can_be_kept(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening(_says(b"a\x00b\xff")) as asked:
        assert http.post(asked.url, {}, b"{}").body == "ab\ufffd"


def test_retry_after_is_read_in_seconds(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening(_says(b"", 503, ("Retry-After", "120"))) as asked:
        assert http.post(asked.url, {}, b"{}").retry_after == 120


def test_nobody_there_is_an_answer_too(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        answer = http.post(f"http://127.0.0.1:{bound.getsockname()[1]}/", {}, b"{}")

    assert answer.status is None
    assert answer.error.startswith("ConnectError")


def test_a_name_without_an_address_is_an_answer_too():
    def resolve(*args, **kwargs):
        raise socket.gaierror("nobody knows")

    with pytest.raises(httpcore.ConnectError, match="not known to DNS"):
        _connect(resolve, "nobody.example", 443)


def _connect(resolve, host, port, allowed=()):
    mark = network.deadline.set(time.monotonic() + 5)
    try:
        return GuardedNetwork("http", networks(allowed), resolve).connect_tcp(host, port)
    finally:
        network.deadline.reset(mark)


def _redirect(location):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _says(body, status=200, *headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def _endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 10_000)
    except OSError:
        pass


def _dripping(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        for _ in range(100):
            handler.wfile.write(b"X-A: b\r\n")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass
