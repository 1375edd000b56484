"""A small share of the soak's numbering in every test run."""

from django.db import connection

from tests.databases import fresh
from tests.soak import numbering


def test_eight_workers_leave_no_gap_and_give_no_number_twice(django_db_blocker_lifted):
    with fresh():
        numbering.drafts(90)
        taken_back = numbering.finalize_all()

        assert taken_back > 20
        assert numbering.problems() == []
        connection.close()
