"""What `make bench` calls met and missed."""

import pytest

from tests.bench.report import Report, Row


@pytest.mark.parametrize(
    "case, row, is_met",
    [
        ("no goal", Row("a", 1, "ms"), True),
        ("just enough", Row("a", 50_000, "events/s", at_least=50_000), True),
        ("too few", Row("a", 49_999, "events/s", at_least=50_000), False),
        ("too slow", Row("a", 41, "ms", at_most=40), False),
        ("close enough to the floor", Row("a", 75, "ms", floor=50, ratio_at_most=1.5), True),
        ("too far above the floor", Row("a", 76, "ms", floor=50, ratio_at_most=1.5), False),
        ("too far below the floor", Row("a", 69, "events/s", floor=100, ratio_at_least=0.7), False),
        ("no floor to compare with", Row("a", 69, "events/s", ratio_at_least=0.7), False),
    ],
)
def test_a_row_is_met_if_every_goal_is(case: str, row: Row, is_met: bool):
    assert row.is_met is is_met, case


def test_the_table_shows_figure_floor_ratio_goal_and_verdict():
    report = Report()
    report.add("intake", 52_123.4, "events/s", floor=70_000, at_least=50_000, ratio_at_least=0.8)
    report.broken.append("pdf")

    assert report.table().splitlines() == [
        "what             figure            floor  ratio  goal                  verdict",
        "intake  52,123 events/s  70,000 events/s   0.74  >= 50,000, >= 0.80 x  MISSED",
        "pdf                                                                    BROKEN",
    ]
    assert not report.is_met
