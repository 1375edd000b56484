"""Numbers under fire: the long run. tests/invoicing/test_numbering_races.py has a small one."""

import os

import pytest
from django.db import connection

from tests.databases import fresh
from tests.soak import numbering

INVOICES = int(os.environ.get("SOAK_INVOICES", "4000"))


@pytest.mark.soak
def test_eight_workers_number_thousands_of_invoices_without_gap_or_double(django_db_blocker_lifted):
    with fresh():
        numbering.drafts(INVOICES)
        taken_back = numbering.finalize_all()

        assert taken_back > INVOICES / 3
        assert numbering.problems() == []
        connection.close()
