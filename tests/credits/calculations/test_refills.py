"""On which days a rule fills a wallet."""

from datetime import date

import pytest

from credits.calculations import refills


@pytest.mark.parametrize(
    ("interval", "first", "after", "until", "expected"),
    [
        ("weekly", date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 15), [date(2024, 1, 8), date(2024, 1, 15)]),
        ("monthly", date(2024, 1, 31), date(2024, 1, 31), date(2024, 4, 1), [date(2024, 2, 29), date(2024, 3, 31)]),
        ("quarterly", date(2024, 1, 10), None, date(2024, 4, 10), [date(2024, 1, 10), date(2024, 4, 10)]),
        ("semiannual", date(2024, 1, 10), date(2024, 1, 10), date(2024, 7, 9), []),
        ("yearly", date(2024, 2, 29), date(2024, 2, 29), date(2025, 3, 1), [date(2025, 2, 28)]),
        ("monthly", date(2024, 5, 1), None, date(2024, 4, 30), []),
    ],
)
def test_a_rule_fills_on_the_days_of_its_rhythm(interval, first, after, until, expected):
    assert list(refills.days(interval, first, after=after, until=until)) == expected
