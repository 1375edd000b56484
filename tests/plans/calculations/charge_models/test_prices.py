"""What usage costs under each model; the figures published for Lago stand in these tables."""

from decimal import Decimal

import pytest

from plans.calculations import charge_models
from plans.calculations.charge_models import UsageFigures


def usage(units, *, events=(), count=None, cents="0", full_units=None):
    return UsageFigures(
        units=Decimal(units),
        events_count=len(events) if count is None else count,
        event_values=[Decimal(value) for value in events],
        precise_total_amount_cents=Decimal(cents),
        full_units=None if full_units is None else Decimal(full_units),
    )


def price(model, figures, raw, currency="EUR"):
    return charge_models.price(model, figures, charge_models.parse_properties(model, raw), currency=currency)


def tiers(*rows, unit="per_unit_amount"):
    return [
        {"from_value": start, "to_value": end, unit: unit_price, "flat_amount": flat}
        for start, end, unit_price, flat in rows
    ]


@pytest.mark.parametrize(
    ("_case", "units", "expected"),
    [("five decimals", "10", "51.2345"), ("nothing used", "0", "0"), ("part of a unit", "0.5", "2.561725")],
)
def test_standard(_case, units, expected):
    priced = price("standard", usage(units), {"amount": "5.12345"})

    assert priced.amount == Decimal(expected)
    assert priced.unit_amount == (Decimal("5.12345") if Decimal(units) else 0)
    assert priced.amount_details == {}


def test_standard_of_units_prorated_by_days_divides_by_the_units_as_used():
    priced = price("standard", usage("2.5", full_units="5"), {"amount": "10"})

    assert (priced.amount, priced.unit_amount) == (25, 5)


def test_thirty_digits_of_units_are_priced_exactly():
    priced = price("standard", usage("123456789012345678901234567890"), {"amount": "0.000000000000001"})

    assert priced.amount == Decimal("123456789012345.678901234567890")


LADDER = {"graduated_ranges": tiers((0, 10, "10", "2"), (11, 20, "5", "3"), (21, None, "5", "3"))}


@pytest.mark.parametrize(
    ("_case", "units", "expected"),
    [
        ("without units the first flat amount is due", "0", "2"),
        ("one unit", "1", "12"),
        ("up to the edge", "10", "102"),
        ("one step over", "11", "110"),
        ("two steps over", "12", "115"),
        ("the last tier", "21", "163"),
        ("between two tiers the upper one begins", "10.5", "107.5"),
        ("part of a unit", "0.5", "7"),
    ],
)
def test_graduated(_case, units, expected):
    assert price("graduated", usage(units), LADDER).amount == Decimal(expected)


ADJACENT = {"graduated_ranges": tiers((0, 0.1, "10", "0"), (0.1, 1, "5", "0"), (1, None, "2", "0"))}
MIXED = {"graduated_ranges": tiers((0, 0.5, "10", "0"), (0.5, 10, "5", "0"), (11, None, "2", "0"))}


@pytest.mark.parametrize(
    ("_case", "properties", "units", "expected"),
    [
        ("within the first tier", ADJACENT, "0.05", "0.50"),
        ("0.1 at 10 and 0.4 at 5", ADJACENT, "0.5", "3.00"),
        ("all three", ADJACENT, "2", "7.50"),
        ("adjacent and stepped ranges in one charge count no unit twice", MIXED, "12", "56.50"),
    ],
)
def test_graduated_with_decimal_bounds(_case, properties, units, expected):
    assert price("graduated", usage(units), properties).amount == Decimal(expected)


def test_graduated_details_show_every_tier_reached():
    priced = price("graduated", usage("12"), LADDER)

    assert priced.unit_amount.quantize(Decimal("0.0001")) == Decimal("9.5833")
    assert priced.amount_details == {
        "graduated_ranges": [
            {
                "from_value": 0,
                "to_value": 10,
                "flat_unit_amount": "2.0",
                "per_unit_amount": "10.0",
                "units": "10.0",
                "per_unit_total_amount": "100.0",
                "total_with_flat_amount": "102.0",
            },
            {
                "from_value": 11,
                "to_value": 20,
                "flat_unit_amount": "3.0",
                "per_unit_amount": "5.0",
                "units": "2.0",
                "per_unit_total_amount": "10.0",
                "total_with_flat_amount": "13.0",
            },
        ]
    }


PERCENT_LADDER = {
    "graduated_percentage_ranges": tiers((0, 100, "5", "0"), (101, 200, "2", "10"), (201, None, "1", "20"), unit="rate")
}
PERCENT_ADJACENT = {"graduated_percentage_ranges": tiers((0, 100, "5", "0"), (100, None, "2", "10"), unit="rate")}


@pytest.mark.parametrize(
    ("_case", "properties", "units", "expected"),
    [
        ("five percent of 50", PERCENT_LADDER, "50", "2.5"),
        ("nothing used", PERCENT_LADDER, "0", "0"),
        ("up to the edge", PERCENT_LADDER, "100", "5"),
        ("two percent of the rest and its flat amount", PERCENT_LADDER, "150", "16"),
        ("all three", PERCENT_LADDER, "300", "38"),
        ("adjacent ranges count no unit twice", PERCENT_ADJACENT, "150", "16"),
    ],
)
def test_graduated_percentage(_case, properties, units, expected):
    assert price("graduated_percentage", usage(units), properties).amount == Decimal(expected)


def test_graduated_percentage_details_have_a_rate():
    priced = price("graduated_percentage", usage("150"), PERCENT_LADDER)

    assert priced.amount_details == {
        "graduated_percentage_ranges": [
            {
                "from_value": 0,
                "to_value": 100,
                "flat_unit_amount": "0.0",
                "rate": "5.0",
                "units": "100.0",
                "per_unit_total_amount": "5.0",
                "total_with_flat_amount": "5.0",
            },
            {
                "from_value": 101,
                "to_value": 200,
                "flat_unit_amount": "10.0",
                "rate": "2.0",
                "units": "50.0",
                "per_unit_total_amount": "1.0",
                "total_with_flat_amount": "11.0",
            },
        ]
    }


@pytest.mark.parametrize(
    ("_case", "units", "free_units", "expected", "unit_amount"),
    [
        ("twelve packages begun", "121", 10, "1200", "10.81"),
        ("all free", "121", 200, "0", "0"),
        ("just the free ones", "10", 10, "0", "0"),
        ("a package counts from its first unit", "3", 0, "100", "33.33"),
        ("two packages", "15", 0, "200", "13.33"),
        ("a full package", "20", 10, "100", "10.00"),
        ("part of a unit begins a package", "20.01", 10, "200", "19.98"),
        ("nothing used", "0", 0, "0", "0"),
    ],
)
def test_package(_case, units, free_units, expected, unit_amount):
    priced = price("package", usage(units), {"amount": "100", "package_size": 10, "free_units": free_units})

    assert priced.amount == Decimal(expected)
    assert priced.unit_amount.quantize(Decimal("0.01")) == Decimal(unit_amount)


@pytest.mark.parametrize(
    ("_case", "units", "expected"),
    [
        ("nothing used", "0", ["0.0", "0.0", 0, "0.0"]),
        ("all free", "4", ["5.0", "0.0", 10, "100.0"]),
        ("paid", "12", ["5.0", "7.0", 10, "100.0"]),
    ],
)
def test_package_details(_case, units, expected):
    priced = price("package", usage(units), {"amount": "100", "package_size": 10, "free_units": 5})

    assert list(priced.amount_details) == ["free_units", "paid_units", "per_package_size", "per_package_unit_amount"]
    assert list(priced.amount_details.values()) == expected


VOLUME = {"volume_ranges": tiers((0, 100, "2", "10"), (101, 200, "1", "0"), (201, None, "0.5", "50"))}


@pytest.mark.parametrize(
    ("_case", "units", "expected"),
    [
        ("without units the flat amount of the first tier is due", "0", "10"),
        ("one unit", "1", "12"),
        ("up to the edge", "100", "210"),
        ("between two tiers the upper one counts", "100.5", "100.50"),
        ("one step over", "101", "101"),
        ("the edge of the second", "200", "200"),
        ("the last tier", "300", "200"),
    ],
)
def test_volume(_case, units, expected):
    assert price("volume", usage(units), VOLUME).amount == Decimal(expected)


def test_volume_details():
    priced = price("volume", usage("50"), VOLUME)

    assert (priced.amount, priced.unit_amount) == (110, Decimal("2.2"))
    assert priced.amount_details == {
        "flat_unit_amount": "10.0",
        "per_unit_amount": "2.0",
        "per_unit_total_amount": "100.0",
    }


def test_volume_prorated_by_days_finds_its_tier_by_the_units_as_used():
    priced = price("volume", usage("75", full_units="150"), VOLUME)

    assert (priced.amount, priced.unit_amount) == (75, Decimal("0.5"))


@pytest.mark.parametrize(
    ("_case", "units", "cents", "currency", "expected", "unit_amount"),
    [
        ("twenty units for 40.2 cents", "20", "40.2", "EUR", "0.402", "0.0201"),
        ("without units the amount does not count", "0", "40.2", "EUR", "0", "0"),
        ("yen have no smaller unit", "2", "40.2", "JPY", "40.2", "20.1"),
        ("dinars of Kuwait have thousandths", "2", "40.2", "KWD", "0.0402", "0.0201"),
    ],
)
def test_dynamic(_case, units, cents, currency, expected, unit_amount):
    priced = price("dynamic", usage(units, cents=cents), {}, currency)

    assert (priced.amount, priced.unit_amount) == (Decimal(expected), Decimal(unit_amount))
    assert priced.amount_details == {}


@pytest.mark.parametrize(
    ("units", "stated", "unit_amount"),
    [("4", "10", "2.5"), ("0", "10", "0"), ("4", "0", "0")],
)
def test_custom_is_what_the_metric_says(units, stated, unit_amount):
    figures = UsageFigures(units=Decimal(units), events_count=1, stated_amount=Decimal(stated))

    priced = price("custom", figures, {"custom_properties": {"rate": 2}})

    assert (priced.amount, priced.unit_amount, priced.amount_details) == (Decimal(stated), Decimal(unit_amount), {})


EVENTS = ["50", "100", "250", "400"]


@pytest.mark.parametrize(
    ("_case", "free_events", "free_units", "events", "expected"),
    [
        ("250 units and the two events below them are free", 3, "250.0", EVENTS, "11.15"),
        ("the units of three free events are free", 3, None, EVENTS, "7.2"),
        ("500 units that three events do not use up", 3, "500.0", EVENTS, "7.2"),
        ("250 units alone", None, "250.0", EVENTS, "11.15"),
        ("units that are reached by the event that ends them", None, "150.0", EVENTS, "14.45"),
        ("more units than were used", None, "5000", EVENTS, "0"),
        ("more events than there were", 5, None, EVENTS, "0"),
        ("nothing free", None, None, EVENTS, "18.4"),
        ("a total of zero costs nothing", 3, "250.0", ["50", "100", "250", "-400"], "0"),
        ("an event of zero still counts as an event", None, None, ["0", "100"], "5.3"),
        ("a negative free event frees no units", 1, None, ["-5", "10"], "2.065"),
        ("a negative event within the free ones", 2, None, ["-5", "10", "10"], "2.13"),
        ("no event", None, None, [], "0"),
        ("no event with allowances", 3, "250.0", [], "0"),
    ],
)
def test_percentage(_case, free_events, free_units, events, expected):
    properties = {
        "rate": "1.3",
        "fixed_amount": "2.0",
        "free_units_per_events": free_events,
        "free_units_per_total_aggregation": free_units,
    }

    priced = price("percentage", usage(sum(map(Decimal, events)), events=events), properties)

    assert priced.amount == Decimal(expected)


@pytest.mark.parametrize(
    ("_case", "rest", "events", "expected"),
    [
        ("thirty free units", {"free_units_per_total_aggregation": "30"}, ["10", "80", "10000"], "13.794"),
        (
            "three free events and 10000 free units: 90 remain",
            {"free_units_per_events": 3, "free_units_per_total_aggregation": "10000"},
            ["10", "80", "10000"],
            "2.691",
        ),
        ("two free events", {"free_units_per_events": 2}, ["10", "80", "10000"], "12"),
        ("the floor", {}, ["10"], "1.75"),
        ("the cap", {}, ["10", "10000", "100"], "16.74"),
        ("a fixed amount lies within the bounds", {"fixed_amount": "5"}, ["100", "10000"], "19.99"),
        ("no event is no floor", {}, [], "0"),
        ("units that end with an event leave the floor", {"free_units_per_total_aggregation": "10"}, ["10"], "1.75"),
    ],
)
def test_percentage_with_bounds_per_transaction(_case, rest, events, expected):
    properties = {
        "rate": "2.99", "fixed_amount": "0", "per_transaction_min_amount": "1.75", "per_transaction_max_amount": "12",
        **rest,
    }  # fmt: skip

    priced = price("percentage", usage(sum(map(Decimal, events)), events=events), properties)

    assert priced.amount == Decimal(expected)


def test_percentage_details_tell_the_unbounded_sum_and_what_the_bounds_changed():
    properties = {
        "rate": "1", "fixed_amount": "1", "free_units_per_events": 1,
        "per_transaction_min_amount": "1.75", "per_transaction_max_amount": "12",
    }  # fmt: skip

    priced = price("percentage", usage("11100", events=["100", "1000", "10000"]), properties)

    assert priced.amount == 23
    assert priced.amount_details == {
        "units": "11100.0",
        "free_units": "100.0",
        "free_events": 1,
        "paid_units": "11000.0",
        "rate": "1.0",
        "per_unit_total_amount": "110.0",
        "paid_events": 2,
        "fixed_fee_unit_amount": "1.0",
        "fixed_fee_total_amount": "2.0",
        "min_max_adjustment_total_amount": "-89.0",
    }


def test_percentage_details_of_free_usage():
    properties = {"rate": "1", "fixed_amount": "1", "free_units_per_events": 5}

    priced = price("percentage", usage("300", events=["100", "200"]), properties)

    assert (priced.amount, priced.unit_amount) == (0, 0)
    assert priced.amount_details == {
        "units": "300.0",
        "free_units": "300.0",
        "free_events": 2,
        "paid_units": "0.0",
        "rate": "1.0",
        "per_unit_total_amount": "0.0",
        "paid_events": 0,
        "fixed_fee_unit_amount": "0.0",
        "fixed_fee_total_amount": "0.0",
        "min_max_adjustment_total_amount": "0.0",
    }


@pytest.mark.parametrize(
    ("model", "raw", "expected"),
    [
        ("percentage", {"rate": "1", "fixed_amount": "2"}, False),
        ("percentage", {"rate": "1", "free_units_per_events": 1}, True),
        ("percentage", {"rate": "1", "free_units_per_total_aggregation": "10"}, True),
        ("percentage", {"rate": "1", "per_transaction_min_amount": "0"}, True),
        ("standard", {"amount": "1"}, False),
        ("graduated", LADDER, False),
        ("graduated_percentage", PERCENT_LADDER, False),
        ("package", {"amount": "1", "package_size": 1, "free_units": 1}, False),
        ("volume", VOLUME, False),
        ("dynamic", {}, False),
        ("custom", {}, False),
    ],
)
def test_only_percentages_with_an_allowance_or_a_bound_look_at_single_events(model, raw, expected):
    properties = charge_models.parse_properties(model, raw)

    assert charge_models.needs_event_values(model, properties) is expected
