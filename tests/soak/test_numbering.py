"""Numbers under fire: the long run. tests/invoicing/test_numbering_races.py has a small one."""

import pytest
from django.db import connection

from tests.databases import fresh
from tests.soak import numbering


@pytest.mark.soak
def test_eight_workers_number_four_thousand_invoices_without_gap_or_double(django_db_blocker_lifted):
    with fresh():
        numbering.drafts(4_000)
        taken_back = numbering.finalize_all()

        assert taken_back > 1_500
        assert numbering.problems() == []
        connection.close()
