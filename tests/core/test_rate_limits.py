from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from billing_site.core import api_keys, rate_limits
from billing_site.core.models import ApiKey, RequestCount
from tests.core.conftest import NOW
from tests.databases import KEY


def ask(key=KEY):
    return Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/taxes")


def test_answers_say_where_the_key_stands_and_beyond_its_share_are_429(clock, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    answers = [ask() for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    assert (answers[0]["X-RateLimit-Limit"], answers[0]["X-RateLimit-Reset"]) == ("3", "60")
    assert (answers[3]["Retry-After"], answers[3].json()["code"]) == ("60", "too_many_requests")
    assert "Retry-After" not in answers[2]


def test_a_new_minute_begins_anew(clock, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    assert [ask().status_code, ask().status_code] == [200, 429]

    clock.shift(48)
    assert ask()["X-RateLimit-Reset"] == "12"
    clock.shift(12)

    assert ask().status_code == 200


def test_each_key_has_its_own_share_and_may_have_another(clock, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    _, free = api_keys.create(name="free", now=NOW, requests_per_minute=0)
    _, more = api_keys.create(name="more", now=NOW, requests_per_minute=2)
    ask()

    assert [ask(free).status_code for _ in range(5)] == [200] * 5
    assert "X-RateLimit-Limit" not in ask(free)
    assert [ask(more).status_code for _ in range(3)] == [200, 200, 429]


def test_processes_tell_each_other(clock, settings):
    settings.API_REQUESTS_PER_MINUTE = 10
    key = ApiKey.objects.get()
    for _ in range(3):  # three processes, each of which has just begun
        rate_limits.forget()
        standing = rate_limits.take(key, now=NOW)

    assert standing.remaining == 7
    assert RequestCount.objects.get().requests == 3


def test_inside_a_transaction_it_is_counted_and_told_later(clock, settings):
    settings.API_REQUESTS_PER_MINUTE = 10
    key = ApiKey.objects.get()
    with transaction.atomic():
        assert rate_limits.take(key, now=NOW).remaining == 9
        assert not RequestCount.objects.exists()

    assert rate_limits.take(key, now=NOW).remaining == 8
    assert RequestCount.objects.get().requests == 2


def test_past_minutes_are_forgotten(clock, settings):
    settings.API_REQUESTS_PER_MINUTE = 10
    rate_limits.take(ApiKey.objects.get(), now=NOW)

    assert rate_limits.prune(now=NOW + timedelta(minutes=1)) == 0
    assert rate_limits.prune(now=NOW + timedelta(minutes=5)) == 1


@pytest.mark.parametrize("limit", [0, None])
def test_without_a_limit_nothing_is_counted(clock, settings, limit):
    settings.API_REQUESTS_PER_MINUTE = 0
    ApiKey.objects.update(requests_per_minute=limit)

    assert rate_limits.take(ApiKey.objects.get(), now=NOW) is None
    assert not RequestCount.objects.exists()
