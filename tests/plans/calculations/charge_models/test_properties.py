import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations import charge_models
from plans.calculations.charge_models import InvalidProperties

TIER = {"from_value": 0, "to_value": None, "per_unit_amount": "1", "flat_amount": "0"}
RATE_TIER = {"from_value": 0, "to_value": None, "rate": "1", "flat_amount": "0"}


def errors(model, raw):
    with pytest.raises(InvalidProperties) as refused:
        charge_models.parse_properties(model, raw)
    return refused.value.errors


def ladder(*bounds):
    return {"graduated_ranges": [{**TIER, "from_value": start, "to_value": end} for start, end in bounds]}


@pytest.mark.parametrize("model", charge_models.CHARGE_MODELS)
def test_the_defaults_of_every_model_are_valid_and_free(model):
    properties = charge_models.parse_properties(model, charge_models.default_properties(model))

    usage = charge_models.UsageFigures(Decimal(7), 1, [Decimal(7)])
    assert charge_models.price(model, usage, properties, currency="EUR").amount == 0


def test_the_defaults_are_the_callers_own():
    charge_models.default_properties("graduated")["graduated_ranges"].clear()

    assert len(charge_models.default_properties("graduated")["graduated_ranges"]) == 1


@pytest.mark.parametrize(
    "amount",
    [
        5, 5.0, Decimal(5), True, None, "", " ", "free", "-1", "-0", "+5", " 5", "5 ", "5\n", "1_000", "1,5", "NaN",
        "Infinity", "-Infinity", "sNaN", "1e999999999", "1e99", "1e15", "1e-31", "1" * 16, "٥", "0x5", [], {}, ["5"],
    ],
)  # fmt: skip
def test_an_amount_is_a_decimal_text_of_zero_or_more(amount):
    assert errors("standard", {"amount": amount}) == {"amount": ["invalid_amount"]}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0", "0"), ("5.12345", "5.12345"), (".5", "0.5"), ("1E-7", "0.0000001"), ("999999999999999.99", None)],
)
def test_amounts_keep_all_their_digits(amount, expected):
    properties = charge_models.parse_properties("standard", {"amount": amount})

    assert properties.terms.amount == Decimal(expected or amount)


@pytest.mark.parametrize(
    ("_case", "model", "raw", "expected"),
    [
        ("no amount", "standard", {}, {"amount": ["invalid_amount"]}),
        (
            "an empty package",
            "package",
            {},
            {
                "amount": ["invalid_amount"],
                "package_size": ["invalid_package_size"],
                "free_units": ["invalid_free_units"],
            },
        ),
        (
            "counts that are no whole numbers",
            "package",
            {"amount": "1", "package_size": "10", "free_units": 1.5},
            {"package_size": ["invalid_package_size"], "free_units": ["invalid_free_units"]},
        ),
        (
            "counts that are too small",
            "package",
            {"amount": "1", "package_size": 0, "free_units": -1},
            {"package_size": ["invalid_package_size"], "free_units": ["invalid_free_units"]},
        ),
        (
            "a truth is no count",
            "package",
            {"amount": "1", "package_size": True, "free_units": 0},
            {"package_size": ["invalid_package_size"]},
        ),
        ("no rate", "percentage", {}, {"rate": ["invalid_rate"]}),
        (
            "everything wrong",
            "percentage",
            {
                "rate": 1,
                "fixed_amount": "",
                "free_units_per_events": 0,
                "free_units_per_total_aggregation": 5,
                "per_transaction_min_amount": "-1",
                "per_transaction_max_amount": 3,
            },
            {
                "rate": ["invalid_rate"],
                "fixed_amount": ["invalid_fixed_amount"],
                "free_units_per_events": ["invalid_free_units_per_events"],
                "free_units_per_total_aggregation": ["invalid_free_units_per_total_aggregation"],
                "per_transaction_min_amount": ["invalid_amount"],
                "per_transaction_max_amount": ["invalid_amount"],
            },
        ),
        (
            "a cap below the floor",
            "percentage",
            {"rate": "1", "per_transaction_min_amount": "2", "per_transaction_max_amount": "1.99"},
            {"per_transaction_max_amount": ["per_transaction_max_lower_than_per_transaction_min"]},
        ),
        ("no ranges", "graduated", {}, {"graduated_ranges": ["missing_graduated_ranges"]}),
        ("an empty list", "volume", {"volume_ranges": []}, {"volume_ranges": ["missing_volume_ranges"]}),
        (
            "ranges that are no list",
            "graduated_percentage",
            {"graduated_percentage_ranges": {"0": RATE_TIER}},
            {"graduated_percentage_ranges": ["invalid_graduated_percentage_ranges"]},
        ),
        (
            "a range that is no object",
            "graduated",
            {"graduated_ranges": [TIER, 5]},
            {"graduated_ranges": ["invalid_graduated_ranges"]},
        ),
        (
            "amounts of graduated ranges",
            "graduated",
            {"graduated_ranges": [{**TIER, "per_unit_amount": 1, "flat_amount": None}]},
            {"per_unit_amount": ["invalid_amount"], "flat_amount": ["invalid_flat_amount"]},
        ),
        (
            "amounts of volume ranges",
            "volume",
            {"volume_ranges": [{**TIER, "per_unit_amount": "x", "flat_amount": 0}]},
            {"per_unit_amount": ["invalid_amount"], "flat_amount": ["invalid_amount"]},
        ),
        (
            "rates of percentage ranges",
            "graduated_percentage",
            {"graduated_percentage_ranges": [{**RATE_TIER, "rate": 5}]},
            {"rate": ["invalid_rate"]},
        ),
    ],
)
def test_refusals_name_the_property_and_the_code(_case, model, raw, expected):
    assert errors(model, raw) == expected


@pytest.mark.parametrize(
    ("_case", "bounds"),
    [
        ("does not begin at zero", [(1, None)]),
        ("begins below zero", [(-1, None)]),
        ("the last has an end", [(0, 10)]),
        ("one within has no end", [(0, None), (11, None)]),
        ("a gap", [(0, 10), (12, None)]),
        ("an overlap", [(0, 10), (9, None)]),
        ("an end before its start", [(0, 10), (11, 11), (12, None)]),
        ("an end at zero", [(0, 0), (0, None)]),
        ("a bound as text", [("0", None)]),
        ("a missing start", [(0, 10), (None, None)]),
        ("a truth is no bound", [(False, None)]),
        ("no number", [(0, float("nan")), (11, None)]),
        ("endless", [(0, float("inf")), (11, None)]),
        ("a text where there is no end", [(0, "")]),
        ("too large", [(0, 10**15), (10**15 + 1, None)]),
    ],
)
def test_ranges_that_do_not_follow_each_other_are_refused(_case, bounds):
    assert errors("graduated", ladder(*bounds)) == {"graduated_ranges": ["invalid_graduated_ranges"]}


@pytest.mark.parametrize(
    "bounds",
    [
        [(0, None)],
        [(0, 10), (11, None)],
        [(0, 10), (10, None)],
        [(0, 0.1), (0.1, 1), (1, None)],
        [(0, Decimal("0.1")), (Decimal("1.1"), None)],
        [(0, 0.01), (0.01, 10), (11, None)],
    ],
)
def test_ranges_follow_each_other_at_the_same_number_or_one_later(bounds):
    terms = charge_models.parse_properties("graduated", ladder(*bounds)).terms

    read = [(tier.from_value, tier.to_value) for tier in terms]
    assert read == [tuple(None if bound is None else Decimal(str(bound)) for bound in pair) for pair in bounds]


def test_all_mistakes_are_told_at_once_and_each_code_once():
    raw = {"graduated_ranges": [{**TIER, "to_value": 5, "flat_amount": 1}, {**TIER, "flat_amount": 2}], "grouped_by": 7}

    with pytest.raises(InvalidProperties) as refused:
        charge_models.parse_properties("graduated", raw)

    assert refused.value.errors == {
        "flat_amount": ["invalid_flat_amount"],
        "graduated_ranges": ["invalid_graduated_ranges"],
        "grouped_by": ["invalid_type"],
    }
    assert refused.value.codes == ["invalid_flat_amount", "invalid_graduated_ranges", "invalid_type"]
    assert "graduated_ranges: invalid_graduated_ranges" in str(refused.value)


@pytest.mark.parametrize(
    ("_case", "raw", "pricing", "presentation"),
    [
        ("none", {}, (), ()),
        ("price groups", {"pricing_group_keys": ["region", "cloud"]}, ("region", "cloud"), ()),
        ("the old name", {"grouped_by": ["region"]}, ("region",), ()),
        ("both names: the new one counts", {"pricing_group_keys": ["cloud"], "grouped_by": ["region"]}, ("cloud",), ()),
        ("an empty list counts too", {"pricing_group_keys": [], "grouped_by": ["region"]}, (), ()),
        (
            "presentation",
            {"presentation_group_keys": [{"value": "team", "options": {"display_in_invoice": True}}]},
            (),
            ("team",),
        ),
        ("null", {"pricing_group_keys": None, "presentation_group_keys": None}, (), ()),
    ],
)
def test_groups_are_kept_beside_the_terms(_case, raw, pricing, presentation):
    grouping = charge_models.parse_properties("dynamic", raw).grouping

    assert (grouping.pricing_keys, grouping.presentation_keys) == (pricing, presentation)


def test_a_presentation_key_is_displayed_on_invoices_where_its_options_say_so():
    keys = [{"value": "team", "options": {"display_in_invoice": True}}, {"value": "user", "options": None}]

    assert charge_models.parse_properties("dynamic", {"presentation_group_keys": keys}).grouping.displayed_keys == (
        "team",
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"pricing_group_keys": "region"}, {"pricing_group_keys": ["invalid_type"]}),
        ({"pricing_group_keys": ["region", ""]}, {"pricing_group_keys": ["invalid_type"]}),
        ({"grouped_by": [5]}, {"grouped_by": ["invalid_type"]}),
        ({"presentation_group_keys": ["team"]}, {"presentation_group_keys": ["invalid_type"]}),
        ({"presentation_group_keys": [{"name": "team"}]}, {"presentation_group_keys": ["invalid_type"]}),
        ({"presentation_group_keys": [{"value": " "}]}, {"presentation_group_keys": ["invalid_type"]}),
        ({"presentation_group_keys": [{"value": "a", "options": 1}]}, {"presentation_group_keys": ["invalid_type"]}),
        (
            {"presentation_group_keys": [{"value": "a", "options": {"display_in_invoice": "yes"}}]},
            {"presentation_group_keys": ["invalid_type"]},
        ),
        (
            {"presentation_group_keys": [{"value": "a"}, {"value": "b"}, {"value": "c"}]},
            {"presentation_group_keys": ["value_is_out_of_range"]},
        ),
    ],
)
def test_groups_that_cannot_be_read_are_refused(raw, expected):
    assert errors("dynamic", raw) == expected


@pytest.mark.parametrize(
    "given",
    ["rate", [], {"rates": [1]}, {"rate": float("nan")}, {"rate": 1e300}, {"rate": 10**20}, {"rate": "x\0"},
     {"rate": "x" * 256}, {str(number): 1 for number in range(101)}, {"a": {"b": {"c": {"d": {"e": 1}}}}}],
)  # fmt: skip
def test_custom_properties_that_expressions_cannot_read_are_refused(given):
    assert errors("custom", {"custom_properties": given}) == {"custom_properties": ["invalid_type"]}


@pytest.mark.parametrize("given", [None, {}, {"rate": Decimal("0.1"), "deep": {"rate": -2, "on": True, "off": None}}])
def test_custom_properties_are_kept_as_they_are(given):
    assert charge_models.parse_properties("custom", {"custom_properties": given}).terms == (given or {})


def test_properties_of_other_models_are_dropped():
    raw = {"amount": "1", "rate": "2", "package_size": 3, "grouped_by": ["region"], "note": "x"}

    assert charge_models.known_properties("standard", raw) == {"amount": "1", "grouped_by": ["region"]}
    assert charge_models.known_properties("percentage", raw) == {"rate": "2", "grouped_by": ["region"]}


atoms = st.sampled_from(
    [None, True, 0, 1, -1, 10, 2**70, 0.1, 1e300, float("nan"), "", "1", "0.5", "1e400", "x\0", "١"]
)
objects = st.dictionaries(st.sampled_from([*TIER, "rate", "value"]), atoms, max_size=4)
json_values = atoms | objects | st.lists(atoms | objects, max_size=3)
known_keys = sorted({key for model in charge_models.CHARGE_MODELS.values() for key in model.keys})


@given(
    st.sampled_from(sorted(charge_models.CHARGE_MODELS)),
    st.dictionaries(st.sampled_from([*known_keys, "grouped_by", "presentation_group_keys"]), json_values, max_size=4),
    st.decimals(0, 10**30, places=15),
)
def test_any_json_is_either_refused_or_can_be_priced(model, raw, units):
    try:
        properties = charge_models.parse_properties(model, raw)
    except InvalidProperties:
        return
    priced = charge_models.price(model, charge_models.UsageFigures(units, 1, [units]), properties, currency="EUR")

    assert priced.amount >= 0
    assert json.dumps(priced.amount_details)
