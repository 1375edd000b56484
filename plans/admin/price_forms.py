"""
The fields by which a person writes a price, for each charge model, and the way between them and stored properties.

What is written here is the JSON that the API takes; whether it is a price is said by the charge models alone.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from billing_site.core.admin.fields import figure, joined, line, listed, plain, whole
from billing_site.core.admin.rows import RowsField
from plans.admin.custom_values import read_value, written_value
from plans.models import Charge

Model = Charge.Model
GROUPS = ("groups", "shown_groups")
# Which models a field belongs to.
OF_MODELS: Mapping[str, tuple[str, ...]] = {
    "amount": (Model.STANDARD, Model.PACKAGE),
    "package_size": (Model.PACKAGE,),
    "free_units": (Model.PACKAGE,),
    "tiers": (Model.GRADUATED, Model.VOLUME),
    "rates": (Model.GRADUATED_PERCENTAGE,),
    "rate": (Model.PERCENTAGE,),
    "fixed_amount": (Model.PERCENTAGE,),
    "free_events": (Model.PERCENTAGE,),
    "free_amount": (Model.PERCENTAGE,),
    "least": (Model.PERCENTAGE,),
    "most": (Model.PERCENTAGE,),
    "custom_properties": (Model.CUSTOM,),
}
NEEDED = ("amount", "package_size", "tiers", "rates", "rate")
RANGES = {
    Model.GRADUATED: "graduated_ranges",
    Model.VOLUME: "volume_ranges",
    Model.GRADUATED_PERCENTAGE: "graduated_percentage_ranges",
}
# The field of the form for what is refused of `properties`.
ASKED_BY = {
    **{f"{word}_{name}": "tiers" for word in ("missing", "invalid") for name in ("graduated_ranges", "volume_ranges")},
    **{f"{word}_graduated_percentage_ranges": "rates" for word in ("missing", "invalid")},
    "invalid_rate": "rate",
    "invalid_fixed_amount": "fixed_amount",
    "invalid_free_units_per_events": "free_events",
    "invalid_free_units_per_total_aggregation": "free_amount",
    "per_transaction_max_lower_than_per_transaction_min": "most",
    "invalid_package_size": "package_size",
    "invalid_free_units": "free_units",
    "invalid_type": "custom_properties",
    "value_is_out_of_range": "shown_groups",
}
_OPTIONAL = {
    "fixed_amount": "fixed_amount",
    "free_amount": "free_units_per_total_aggregation",
    "least": "per_transaction_min_amount",
    "most": "per_transaction_max_amount",
}


def price_fields(models: Sequence[str], currency: str, prefix: str = "") -> dict[str, forms.Field]:
    """Return the fields that one of these models may need, without the groups."""
    made = _fields(currency)
    return {prefix + name: field for name, field in made.items() if set(OF_MODELS[name]) & set(models)}


def _fields(currency: str) -> dict[str, forms.Field]:
    return {
        "amount": figure(f"Price ({currency})", required=False, help_text="Of each unit, or of each package begun."),
        "package_size": whole("Units in a package", required=False, max_value=10**14),
        "free_units": whole("Free units", required=False, max_value=10**14),
        "tiers": tier_rows("unit_price", f"Unit price ({currency})", currency),
        "rates": tier_rows("rate", "Rate (%)", currency),
        "rate": figure("Rate (%)", required=False),
        "fixed_amount": figure(f"For each event besides ({currency})", required=False),
        "free_events": whole("Free events", required=False, max_value=10**14, help_text="The first so many; or none."),
        "free_amount": figure("Free units", required=False, help_text="The first so many of the metric's sum."),
        "least": figure(f"At least for an event ({currency})", required=False),
        "most": figure(f"At most for an event ({currency})", required=False),
        "custom_properties": RowsField(
            {"key": line("Name"), "value": line("Value", required=False, max_length=2000)},
            label="Values that the metric's expressions read",
            required=False,
            adds="Add a value",
        ),
    }


def group_fields() -> dict[str, forms.Field]:
    """Return the fields for the groups of usage."""
    return {
        "groups": line(
            "A line on the invoice for each",
            required=False,
            max_length=2000,
            help_text="Properties of events with commas between them, such as region. Tiers count for each alone.",
        ),
        "shown_groups": line(
            "Only shown apart, by", required=False, max_length=600, help_text="At most two properties of events."
        ),
    }


def tier_rows(price: str, label: str, currency: str) -> RowsField:
    """Return the field for tiers: from, up to, price and flat fee."""
    return RowsField(
        {
            "from": figure("From", required=False),
            "up_to": figure("Up to", required=False),
            price: figure(label),
            "flat_fee": figure(f"Flat fee ({currency})", required=False),
        },
        label="Tiers",
        adds="Add a tier",
        required=False,
        prefilled=("from",),
        help_text="Leave “up to” empty in the last tier. An empty “from” goes on where the tier before ends.",
    )


def price_when(of: str) -> dict[str, str]:
    """Return with which models, chosen in the field `of`, each price field is of use."""
    return {name: f"{of}={' '.join(models)}" for name, models in OF_MODELS.items()}


def others(model: str) -> list[str]:
    """Return the fields that this model does not look at."""
    return [name for name, models in OF_MODELS.items() if model not in models]


def missing(model: str, answers: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the fields without which there is no price of this model."""
    needed = [name for name in NEEDED if model in OF_MODELS[name]]
    return [prefix + name for name in needed if answers.get(prefix + name) in (None, "", [])]


def properties(model: str, answers: Mapping[str, Any], before: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return what was written as the API takes it; `before` is what was stored, if anything was."""
    given = {name: answers.get(prefix + name) for name in OF_MODELS if model in OF_MODELS[name]}
    return _PRICES[Model(model)](given) | _groups(answers, before)


def as_typed(model: str, stored: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return stored properties as they stand in the fields."""
    typed: dict[str, Any] = {
        "amount": stored.get("amount"),
        "package_size": stored.get("package_size"),
        "free_units": stored.get("free_units"),
        "rate": stored.get("rate"),
        "free_events": stored.get("free_units_per_events"),
        **{name: stored.get(key) for name, key in _OPTIONAL.items()},
        "custom_properties": [
            {"key": key, "value": written_value(value)}
            for key, value in (stored.get("custom_properties") or {}).items()
        ],
        "groups": joined(stored.get("pricing_group_keys") or stored.get("grouped_by") or []),
        "shown_groups": joined([key["value"] for key in stored.get("presentation_group_keys") or []]),
    }
    name, price = ("rates", "rate") if model == Model.GRADUATED_PERCENTAGE else ("tiers", "unit_price")
    typed[name] = [_tier_as_typed(tier, price) for tier in stored.get(RANGES.get(Model(model), ""), [])]
    return {prefix + key: value for key, value in typed.items()}


def _tier_as_typed(tier: Mapping[str, Any], price: str) -> dict[str, Any]:
    amount = tier.get("rate") if price == "rate" else tier.get("per_unit_amount")
    bounds = {"from": tier["from_value"], "up_to": tier["to_value"]}
    shown = {key: "" if value is None else plain(Decimal(str(value))) for key, value in bounds.items()}
    return shown | {price: amount, "flat_fee": tier.get("flat_amount")}


def _standard(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"amount": _text(given["amount"])}


def _package(given: Mapping[str, Any]) -> dict[str, Any]:
    size, free = int(given["package_size"] or 0), int(given["free_units"] or 0)
    return {"amount": _text(given["amount"]), "package_size": size, "free_units": free}


def _percentage(given: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"rate": _text(given["rate"])}
    written |= {key: _text(given[name]) for name, key in _OPTIONAL.items() if given[name] is not None}
    if given["free_events"] is not None:
        written["free_units_per_events"] = int(given["free_events"])
    return written


def _ranges(model: str, name: str, price: str, key: str) -> Any:
    def write(given: Mapping[str, Any]) -> dict[str, Any]:
        tiers: list[dict[str, Any]] = []
        for row in given[name] or ():
            tier = {"from_value": _from(row, tiers), "to_value": _number(row["up_to"]), key: _text(row[price])}
            tiers.append(tier | {"flat_amount": _text(row["flat_fee"])})
        return {RANGES[Model(model)]: tiers}

    return write


def _from(row: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> int | Decimal | None:
    if row["from"] is not None:
        return _number(row["from"])
    if not before:
        return 0
    end = before[-1]["to_value"]
    return None if end is None else end + 1


def _custom(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"custom_properties": {row["key"]: read_value(row["value"]) for row in given["custom_properties"] or ()}}


_PRICES: Mapping[Model, Any] = {
    Model.STANDARD: _standard,
    Model.PACKAGE: _package,
    Model.PERCENTAGE: _percentage,
    Model.GRADUATED: _ranges(Model.GRADUATED, "tiers", "unit_price", "per_unit_amount"),
    Model.VOLUME: _ranges(Model.VOLUME, "tiers", "unit_price", "per_unit_amount"),
    Model.GRADUATED_PERCENTAGE: _ranges(Model.GRADUATED_PERCENTAGE, "rates", "rate", "rate"),
    Model.DYNAMIC: lambda _given: {},
    Model.CUSTOM: _custom,
}


def _groups(answers: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Groups that the form does not ask for stay as they are."""
    if "groups" not in answers:
        return {
            key: before[key] for key in ("pricing_group_keys", "grouped_by", "presentation_group_keys") if key in before
        }
    known = {key["value"]: key for key in before.get("presentation_group_keys") or []}
    pricing, shown = listed(answers["groups"]), listed(answers["shown_groups"])
    written: dict[str, Any] = {"pricing_group_keys": pricing} if pricing else {}
    if shown:
        written["presentation_group_keys"] = [known.get(name, {"value": name}) for name in shown]
    return written


def _text(amount: Decimal | None) -> str:
    return f"{Decimal(0) if amount is None else amount:f}"


def _number(bound: Decimal | None) -> int | Decimal | None:
    if bound is None:
        return None
    return int(bound) if bound == bound.to_integral_value() else bound
