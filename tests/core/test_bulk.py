"""What is written and read in bulk is what Django would write and read one by one."""

import json
import os
import time
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing_site.core import arrays, bulk
from billing_site.core.models import Email

NOW = datetime(2024, 2, 29, 12, 30, 0, 7, tzinfo=UTC)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
awkward = st.sampled_from(["\\N", "NULL", "", "a\tb\nc\rd\\e", "\\.", '{"a", NULL}', "\x0b\x85\u2028"])
objects = st.dictionaries(texts | awkward, st.none() | st.booleans() | st.integers() | texts | awkward, max_size=3)

pytestmark = pytest.mark.django_db


def mail(number, text, data):
    return Email(
        key=f"{NOW.timestamp()}-{number}", sender="a@example.com", recipients=["b@example.com"], subject="s", text=text,
        attachments=data, next_attempt_at=NOW, created_at=NOW, updated_at=NOW, subject_id=None,
    )  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts | awkward, objects), min_size=1, max_size=5))
def test_copied_rows_come_back_as_they_were(rows):
    written = [mail(number, *row) for number, row in enumerate(rows)]
    bulk.copy_models(Email, written)

    found = bulk.read(Email.objects.order_by("pk"))
    Email.objects.all().delete()

    names = [field.attname for field in Email._meta.concrete_fields]
    assert [[getattr(row, name) for name in names] for row in found] == [
        [getattr(row, name) for name in names] for row in written
    ]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [3, None, -1, 3]),
        ("text", ["NULL", "", None, 'a"b\\c,{}', "\n"]),
        ("timestamptz", [NOW, None, NOW]),
        ("numeric", [Decimal("1.50"), None]),
        ("jsonb", [{"a": ['"', "\\"]}, None, [1, "x"]]),
        ("bigint", []),
    ],
)
def test_an_array_s_text_is_read_as_its_values(kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT v FROM unnest(%s::{kind}[]) AS t(v)", [arrays.literal(values)])
        found = [json.loads(value) if value and kind == "jsonb" else value for (value,) in cursor.fetchall()]

    assert found == values


def test_columns_are_written_as_objects_are():
    one, other = mail(1, "a\tb", [{"a": 1}]), mail(2, "\\N", [{"a": True}])
    names = [field.attname for field in Email._meta.concrete_fields if not field.primary_key]

    bulk.copy_columns(Email, {name: [getattr(row, name) for row in (one, other)] for name in names})
    bulk.copy_columns(Email, {name: [] for name in names})

    found = Email.objects.order_by("pk")
    assert [[getattr(row, name) for name in names] for row in found] == [
        [getattr(row, name) for name in names] for row in (one, other)
    ]


def test_leaves_get_keys_in_the_order_given_and_are_not_told():
    rows = [mail(number, f"{number}", []) for number in range(3)]

    bulk.copy_leaves(Email, rows)

    assert [row.pk for row in rows] == [None] * 3
    assert list(Email.objects.order_by("pk").values_list("text", flat=True)) == ["0", "1", "2"]


def test_equal_values_that_are_written_differently_stay_as_they_are():
    rows = [mail(number, "", data) for number, data in enumerate([[{"a": 1}], [{"a": True}], [{"a": 1}]])]

    bulk.copy_leaves(Email, rows)

    found = Email.objects.order_by("pk").values_list("attachments", flat=True)
    assert [json.dumps(data) for data in found] == ['[{"a": 1}]', '[{"a": true}]', '[{"a": 1}]']


def test_new_ids_are_uuids_that_ascend_and_never_repeat():
    bulk._ids.clear()
    made = [bulk.new_id() for _ in range(1000)]

    assert len(set(made)) == 1000
    assert made[:256] == sorted(made[:256])
    assert {(value.version, value.variant) for value in made} == {(7, uuid.RFC_4122)}
    assert abs((made[0].int >> 80) - time.time() * 1000) < 60_000
    assert all(uuid.UUID(str(value)) == value for value in made)


def test_a_forked_process_has_ids_of_its_own():
    bulk.new_id()
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, str(bulk.new_id()).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 100).decode() != str(bulk.new_id())


def test_any_of_finds_what_in_finds():
    bulk.copy_models(Email, [mail(number, "", []) for number in range(3)])
    keys = list(Email.objects.values_list("pk", flat=True))[:2]

    assert set(Email.objects.filter(pk__any_of=keys)) == set(Email.objects.filter(pk__in=keys))
    assert not Email.objects.filter(pk__any_of=[]).exists()
    names = list(Email.objects.values_list("key", flat=True))[:2]
    assert set(Email.objects.filter(key__any_of=names)) == set(Email.objects.filter(pk__in=keys))
