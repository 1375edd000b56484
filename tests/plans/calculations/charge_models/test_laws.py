from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plans.calculations import charge_models
from plans.calculations.charge_models import UsageFigures

units = st.decimals(0, 10**6, places=3)
prices = st.decimals(0, 1000, places=5).map(str)
values = st.lists(st.decimals(0, 10**4, places=2), max_size=12)


@st.composite
def ranges(draw, unit="per_unit_amount"):
    """Ranges that follow each other, in either of the two ways, also mixed."""
    lengths = draw(st.lists(st.integers(2, 500), max_size=4))
    rows, start, end = [], 0, 0
    for length in lengths:
        end = start + length
        rows.append({"from_value": start, "to_value": end, unit: draw(prices), "flat_amount": draw(prices)})
        start = end + draw(st.integers(0, 1))
    rows.append({"from_value": start, "to_value": None, unit: draw(prices), "flat_amount": draw(prices)})
    return rows


@st.composite
def percentages(draw, *, may_be_bounded=True):
    raw = {"rate": draw(prices), "fixed_amount": draw(prices)}
    if draw(st.booleans()):
        raw["free_units_per_events"] = draw(st.integers(1, 5))
    if draw(st.booleans()):
        raw["free_units_per_total_aggregation"] = draw(prices)
    if may_be_bounded and draw(st.booleans()):
        low, high = sorted((Decimal(draw(prices)), Decimal(draw(prices))))
        raw |= {"per_transaction_min_amount": str(low), "per_transaction_max_amount": str(high)}
    return raw


def amount(model, raw, used, events=(), full_units=None):
    figures = UsageFigures(used, len(events), events, used * 100, full_units)
    return charge_models.price(model, figures, charge_models.parse_properties(model, raw), currency="EUR").amount


standard = st.tuples(st.just("standard"), st.fixed_dictionaries({"amount": prices}))
graduated = st.tuples(st.just("graduated"), st.fixed_dictionaries({"graduated_ranges": ranges()}))
graduated_percentage = st.tuples(
    st.just("graduated_percentage"), st.fixed_dictionaries({"graduated_percentage_ranges": ranges("rate")})
)
package = st.tuples(
    st.just("package"),
    st.fixed_dictionaries({"amount": prices, "package_size": st.integers(1, 50), "free_units": st.integers(0, 50)}),
)
dynamic = st.tuples(st.just("dynamic"), st.just({}))


@given(st.one_of(standard, graduated, graduated_percentage, package, dynamic), units, units)
def test_more_usage_never_costs_less(charge, one, other):
    model, raw = charge

    assert amount(model, raw, min(one, other)) <= amount(model, raw, max(one, other))


@given(ranges(), units, units)
def test_within_a_tier_of_volume_more_usage_never_costs_less(rows, one, other):
    def tier(used):
        return sum(row["to_value"] is not None and used > row["to_value"] for row in rows)

    low, high = sorted((one, other))
    if tier(low) == tier(high):
        raw = {"volume_ranges": rows}
        assert amount("volume", raw, low) <= amount("volume", raw, high)


@given(st.one_of(standard, dynamic), values)
def test_events_priced_one_at_a_time_cost_what_they_cost_together(charge, events):
    model, raw = charge

    together = amount(model, raw, sum(events, Decimal(0)), events)

    assert sum((amount(model, raw, event, [event]) for event in events), Decimal(0)) == together


@given(percentages(), values)
def test_a_percentage_never_falls_when_an_event_is_added(raw, events):
    steps = [events[:count] for count in range(len(events) + 1)]
    costs = [amount("percentage", raw, sum(step, Decimal(0)), step) for step in steps]

    assert all(before <= after for before, after in pairwise(costs))


@given(percentages().filter(lambda raw: "per_transaction_min_amount" in raw), values)
def test_bounded_events_without_allowance_cost_together_what_each_costs(raw, events):
    raw = {key: value for key, value in raw.items() if not key.startswith("free_")}

    together = amount("percentage", raw, sum(events, Decimal(0)), events)

    assert together == sum((amount("percentage", raw, event, [event]) for event in events), Decimal(0))


@given(percentages(may_be_bounded=False), st.lists(st.decimals("0.01", 10**4, places=2), max_size=12))
def test_bounds_that_bind_nothing_change_nothing_without_allowances(raw, events):
    raw = {key: value for key, value in raw.items() if not key.startswith("free_")}
    wide = {**raw, "per_transaction_min_amount": "0", "per_transaction_max_amount": "999999999999"}
    used = sum(events, Decimal(0))

    assert amount("percentage", raw, used, events) == amount("percentage", wide, used, events)


@given(ranges(), units)
def test_tiers_of_one_price_are_one_price(rows, used):
    rows = [{**row, "per_unit_amount": "0.3", "flat_amount": "0"} for row in rows]

    assert amount("graduated", {"graduated_ranges": rows}, used) == used * Decimal("0.3")


@given(ranges(), units)
def test_the_details_of_tiers_add_up_to_units_and_amount(rows, used):
    properties = charge_models.parse_properties("graduated", {"graduated_ranges": rows})

    priced = charge_models.price("graduated", UsageFigures(used, 1), properties, currency="EUR")

    details = priced.amount_details["graduated_ranges"]
    assert sum(Fraction(row["units"]) for row in details) == Fraction(used)
    assert sum(Fraction(row["total_with_flat_amount"]) for row in details) == Fraction(priced.amount)
