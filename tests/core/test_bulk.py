"""What is written and read in bulk is what Django would write and read one by one."""

import json
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


def test_any_of_finds_what_in_finds():
    bulk.copy_models(Email, [mail(number, "", []) for number in range(3)])
    keys = list(Email.objects.values_list("pk", flat=True))[:2]

    assert set(Email.objects.filter(pk__any_of=keys)) == set(Email.objects.filter(pk__in=keys))
    assert not Email.objects.filter(pk__any_of=[]).exists()
