from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.calculations.progressive import BilledFee, CoveredFee, excess_items, shares


def taken(credit, fees, billed):
    found = shares(credit, [CoveredFee(key, cents) for key, cents in fees], {k: Decimal(v) for k, v in billed.items()})
    return [int(share) for share in found]


@pytest.mark.parametrize(
    ("_case", "credit", "fees", "billed", "expected"),
    [
        ("each as much as was billed of it", 300, [("a", 500), ("b", 100)], {"a": 200, "b": 100}, [200, 100]),
        ("no more than the fee, the rest of another", 300, [("a", 150), ("b", 400)], {"a": 200, "b": 100}, [150, 150]),
        ("usage that nothing was billed of comes last", 100, [("new", 500), ("a", 100)], {"a": 100}, [0, 100]),
        ("less was left to take off than was billed", 150, [("a", 500), ("b", 100)], {"a": 200, "b": 100}, [150, 0]),
        ("two lines of the same usage share it", 200, [("a", 50), ("a", 300)], {"a": 200}, [50, 150]),
        ("nothing", 0, [("a", 50)], {"a": 50}, [0]),
    ],
)  # fmt: skip
def test_what_is_taken_off_each_fee(_case, credit, fees, billed, expected):
    assert taken(credit, fees, billed) == expected


keys = st.sampled_from("abcd")
fees_drawn = st.lists(st.builds(CoveredFee, keys, st.integers(0, 10**6)), min_size=1, max_size=6)


@given(fees_drawn, st.dictionaries(keys, st.decimals(0, 10**6, places=5)), st.data())
def test_the_shares_add_up_and_stay_within_their_fees(fees, billed, data):
    credit = data.draw(st.integers(0, sum(fee.amount_cents for fee in fees)))

    found = shares(credit, fees, billed)

    assert sum(found) == credit
    assert all(0 <= share <= fee.amount_cents for share, fee in zip(found, fees, strict=True))


@pytest.mark.parametrize(
    ("_case", "excess", "fees", "items", "rest"),
    [
        ("the highest fee first", 250, [(1, 100, 0, 100), (2, 200, 0, 200)], {2: 200, 1: 50}, 0),
        ("what was given back before is not there", 250, [(1, 100, 0, 100), (2, 200, 0, 20)], {2: 20, 1: 100}, 130),
        ("of a fee half of which was billed before, twice as much", 50, [(1, 200, 100, 200)], {1: 100}, 0),
        ("all of it was billed before: an earlier invoice gives back", 50, [(1, 200, 200, 200)], {}, 50),
    ],
)
def test_what_goes_back_of_each_fee(_case, excess, fees, items, rest):
    billed = [BilledFee(key, cents, Decimal(before), left) for key, cents, before, left in fees]

    assert excess_items(excess, billed) == (items, rest)
