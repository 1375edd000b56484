"""Every published case passes or stands in pending.txt; a listed one that passes fails here: the list only shrinks."""

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
    outcome = _outcome(CASES[case_id])
    if case_id in PENDING:
        assert outcome is not None, f"{case_id} passes: take it off tests/conformance/pending.txt"
    elif outcome is not None:
        raise outcome


def _outcome(case):
    """Return what went wrong: a pending case may fail in any way, as long as it fails."""
    try:
        with fresh() as key:
            stories.tell(case, key)
    except Exception as error:  # noqa: BLE001
        return error
    return None
