"""What services refuse, said to a person: a sentence for each code, with what to do."""

from collections.abc import Iterator, Mapping, Sequence

SENTENCES: Mapping[str, str] = {
    "value_already_exist": "This is taken already. Choose another one.",
    "value_is_mandatory": "This is needed.",
    "value_is_invalid": "This cannot be chosen here.",
    "value_is_out_of_range": "This is out of range.",
    "value_is_duplicated": "The same code stands there twice.",
    "invalid_expression": "This is no expression that can be computed. Look at brackets and names, then try it.",
    "invalid_date": "This day lies in the past, or before the beginning.",
    "invalid_amount": "An amount is missing or is none: zero or more, with a point before decimals.",
    "invalid_rate": "The rate is a number of percent, zero or more.",
    "invalid_fixed_amount": "The fixed amount is zero or more.",
    "invalid_flat_amount": "The flat fee is zero or more.",
    "invalid_package_size": "A package holds at least one unit.",
    "invalid_free_units": "Free units are a whole number, zero or more.",
    "invalid_free_units_per_events": "Free events are a whole number of at least one; leave it empty for none.",
    "invalid_free_units_per_total_aggregation": "The free amount is zero or more.",
    "per_transaction_max_lower_than_per_transaction_min": "The most for an event is less than the least.",
    "missing_graduated_ranges": "Write at least one tier.",
    "missing_volume_ranges": "Write at least one tier.",
    "missing_graduated_percentage_ranges": "Write at least one tier.",
    "invalid_graduated_ranges": "Tiers follow each other from 0 on without a gap, and only the last one has no end.",
    "invalid_volume_ranges": "Tiers follow each other from 0 on without a gap, and only the last one has no end.",
    "invalid_graduated_percentage_ranges": "Tiers follow each other from 0 on without a gap, and only the last one "
    "has no end.",
    "invalid_type": "This cannot be read. Write names with commas between them.",
    "invalid_aggregation_type_or_charge_model": "The metric cannot be priced like this.",
    "invalid_billable_metric_or_charge_model": "Only a recurring metric can be shared by days, at a price for each "
    "unit, or in arrears in tiers.",
    "must_be_true_unless_pay_in_advance": "Only what is paid in advance can stay off invoices.",
    "only_compatible_with_pay_in_advance_and_non_invoiceable": "Only what is paid in advance and stays off invoices.",
    "not_compatible_with_pay_in_advance": "What is paid in advance has no minimum.",
    "not_compatible_with_aggregation_type": "Only sums and distinct values go on from period to period.",
    "invalid_charge_model": "This cannot be priced like this.",
    "value_not_in_select_options": "This is none of its options.",
    "invalid_format": "Write the options of the choice, with commas between them.",
    "insufficient_credits": "There are not that many credits.",
    "amount_rounds_to_zero": "That is worth less than the smallest coin of the currency.",
    "amount_below_minimum": "That is less than this wallet takes at a time.",
    "amount_above_maximum": "That is more than this wallet takes at a time.",
    "wallet_limit_reached": "The customer has as many wallets as one can have. End one first.",
    "missing_amount_cents": "An amount is missing.",
    "duplicated_values": "The same amount stands there twice.",
    "multiple_recurring_thresholds": "Only one of them can be reached again and again.",
    "too_many_keys": "That is too much.",
}


def sentence(code: str) -> str:
    """Return a refusal as a sentence."""
    return SENTENCES.get(code) or code.replace("_", " ").capitalize() + "."


def codes(found: object) -> Iterator[str]:
    """Yield the codes of one field's details, however deep they are."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for inner in found.values():
            yield from codes(inner)
    elif isinstance(found, Sequence):
        for inner in found:
            yield from codes(inner)
