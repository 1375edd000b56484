"""What was sealed cannot be changed unseen, and no row slips in under a seal."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from billing_site.core import activity, audit, seals
from billing_site.core.models import Activity, Organization, Seal
from tests.databases import fresh

NOW = datetime(2024, 1, 10, 9, tzinfo=UTC)
CHAIN = seals.ACTIVITIES


@pytest.fixture
def organization(django_db_blocker_lifted):
    with fresh():
        seals.seal(CHAIN, now=NOW)
        yield Organization.objects.get()


def _record(organization, count):
    for number in range(count):
        activity.record("organization.updated", organization, now=NOW, reason=f"reason {number}")


def _sealed():
    """Seal what there is now, which takes two times: what was there, once all who wrote then have ended."""
    return seals.seal(CHAIN, now=NOW) + seals.seal(CHAIN, now=NOW)


def _broken():
    return [finding.invariant.name for finding in audit.findings([seals.invariant(CHAIN)], now=NOW)]


def test_each_row_is_sealed_once_and_each_seal_follows_from_the_one_before(organization, monkeypatch):
    monkeypatch.setattr(seals, "MAX_ROWS", 4)
    before = Activity.objects.count()
    _record(organization, 9)

    assert _sealed() == before + 9
    assert seals.seal(CHAIN, now=NOW) == 0
    assert seals.latest(CHAIN).until_id == Activity.objects.latest("pk").pk
    assert len(set(Seal.objects.values_list("digest", flat=True))) == Seal.objects.filter(rows__gt=0).count() + 1
    assert _broken() == []


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE core_activity SET reason = 'another' WHERE reason = 'reason 1'",
        "UPDATE core_activity SET occurred_at = occurred_at + interval '1 microsecond' WHERE reason = 'reason 1'",
        "DELETE FROM core_activity WHERE reason = 'reason 1'",
        "UPDATE core_seal SET digest = md5('') || md5('') WHERE sequence = 2",
        "DELETE FROM core_seal WHERE sequence = 2",
    ],
    ids=["a word", "a moment", "a row gone", "a seal forged", "a seal gone"],
)
def test_what_was_sealed_cannot_be_changed_unseen(organization, tamper):
    _record(organization, 3)
    _sealed()
    _record(organization, 3)
    _sealed()

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(tamper)
        assert cursor.rowcount

    assert _broken() == ["seals_of_activities_hold"]


def test_a_row_that_is_committed_late_is_sealed_too(organization):
    _sealed()
    slow = connection.copy()
    with slow.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO core_activity (lago_id, type, subject_type, subject_id, subject_label, actor_kind, actor_id,"
            " actor_label, reason, changes, details, request_id, occurred_at, state, attempts, last_error)"
            " VALUES (gen_random_uuid(), 'late', 'core.organization', 1, '', 'system', '', '', '', '{}', '{}', '',"
            " %s, 'done', 0, '')",
            [NOW],
        )
    _record(organization, 2)

    assert _sealed() == 0
    with slow.cursor() as cursor:
        cursor.execute("COMMIT")
    slow.close()

    assert _sealed() == 3
    assert _broken() == []
