"""Every published case passes, or stands in pending.txt; a listed one that passes fails here, so the list only shrinks."""

import pytest

from tests.conformance import stories
from tests.databases import fresh

CASES = {case.id: case for case in stories.load()}
PENDING = set(stories.pending())


def test_every_pending_line_names_a_case_once():
    assert sorted(PENDING - CASES.keys()) == []
    assert stories.pending() == sorted(PENDING)


@pytest.mark.usefixtures("django_db_blocker_lifted")
@pytest.mark.parametrize("case_id", CASES)
def test_case(case_id):
    if case_id not in PENDING:
        with fresh() as key:
            stories.tell(CASES[case_id], key)
        return
    with pytest.raises(Exception), fresh() as key:  # noqa: B017, PT011 - it may fail in any way, as long as it fails
        stories.tell(CASES[case_id], key)
        pytest.fail(f"{case_id} passes: take it off tests/conformance/pending.txt")
