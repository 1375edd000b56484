"""What may be priced how (Lago table 1.6, its codes)."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from billing_site.core.errors import Invalid, refuse
from metering.models import BillableMetric
from metering.services import rollups
from plans.calculations import charge_models
from plans.calculations.charge_filters import ALL_VALUES
from plans.calculations.charge_models.properties import TARGET_WALLET
from plans.models import Charge

# A bound such as 1.5 came in as a Decimal and is stored as the number it is.
_as_numbers = msgspec.json.Encoder(decimal_format="number")

PAYABLE_IN_ADVANCE = ("count_agg", "sum_agg", "unique_count_agg", "custom_agg")
PRORATED_IN_ADVANCE = (Charge.Model.STANDARD,)
PRORATED_IN_ARREARS = (Charge.Model.STANDARD, Charge.Model.VOLUME, Charge.Model.GRADUATED)
# These models need a metric of one kind.
MEASURED_BY: Mapping[str, str] = {Charge.Model.DYNAMIC: "sum_agg", Charge.Model.CUSTOM: "custom_agg"}
# These have no price for a mere state, such as the latest value.
PRICED_BY_PERCENT = (Charge.Model.PERCENTAGE, Charge.Model.GRADUATED_PERCENTAGE)
MISMATCH = "invalid_aggregation_type_or_charge_model"


def check(charge: Charge) -> None:
    """
    Refuse a charge (unsaved) that cannot be priced as it says.

    :raises Invalid: with all that is wrong
    """
    measured = charge.billable_metric.aggregation_type
    refuse(
        {
            ("pay_in_advance", MISMATCH): charge.pay_in_advance and not _is_payable_in_advance(charge),
            ("charge_model", MISMATCH): MEASURED_BY.get(Charge.Model(charge.charge_model), measured) != measured,
            ("properties", "invalid_value"): measured == "latest_agg" and charge.charge_model in PRICED_BY_PERCENT,
            ("prorated", "invalid_billable_metric_or_charge_model"): charge.prorated and not _may_be_prorated(charge),
            ("invoiceable", "must_be_true_unless_pay_in_advance"): not charge.invoiceable and not charge.pay_in_advance,
            ("regroup_paid_fees", "value_is_invalid"): charge.regroup_paid_fees not in ("", "invoice"),
            ("regroup_paid_fees", "only_compatible_with_pay_in_advance_and_non_invoiceable"): bool(
                charge.regroup_paid_fees
            )
            and (charge.invoiceable or not charge.pay_in_advance),
            ("min_amount_cents", "not_compatible_with_pay_in_advance"): charge.pay_in_advance
            and charge.min_amount_cents > 0,
        }
    )


def keep_groups_apart(code: str, properties: Mapping[str, Any], *, by_wallet: bool = False) -> None:
    """
    Have the usage of a metric kept apart by the properties that prices group by (or by their old name) and show, and
    by the wallet that events name.
    """
    keys = [key for name in ("pricing_group_keys", "grouped_by") for key in properties.get(name) or ()]
    keys += [key["value"] for key in properties.get("presentation_group_keys") or ()]
    keys += [TARGET_WALLET] if by_wallet else []
    if keys:
        rollups.ensure(code, keys)


def read_properties(model: str, raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Return the properties to be stored: what the model knows of them, or its defaults if there are none.

    :raises Invalid: with the codes under `properties`
    """
    properties = charge_models.known_properties(model, raw or {}) or charge_models.default_properties(model)
    try:
        charge_models.parse_properties(model, properties)
    except charge_models.InvalidProperties as error:
        raise Invalid({"properties": error.codes}) from error
    stored: dict[str, Any] = json.loads(_as_numbers.encode(properties))
    return stored


def read_filter_values(metric: BillableMetric, raw: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """
    Return the values of a filter to be stored, each property once.

    :raises Invalid: if there are none, or the metric does not know one of them
    """
    if not raw:
        raise Invalid({"values": ["value_is_mandatory"]})
    known = {row.key: set(row.values) for row in metric.filters.all()}
    for key, values in raw.items():
        if key not in known or not (values == [ALL_VALUES] or (values and known[key].issuperset(values))):
            raise Invalid({"values": ["value_is_invalid"]})
    return {key: list(dict.fromkeys(values)) for key, values in raw.items()}


def _is_payable_in_advance(charge: Charge) -> bool:
    return charge.billable_metric.aggregation_type in PAYABLE_IN_ADVANCE and charge.charge_model != Charge.Model.VOLUME


def _may_be_prorated(charge: Charge) -> bool:
    metric = charge.billable_metric
    models = PRORATED_IN_ADVANCE if charge.pay_in_advance else PRORATED_IN_ARREARS
    return metric.recurring and metric.aggregation_type != "weighted_sum_agg" and charge.charge_model in models
