from collections.abc import Sequence
from dataclasses import dataclass

from customers.calculations.taxes import TaxRow
from customers.models import Tax
from invoicing.models import Fee


@dataclass(slots=True)
class FeeDraft:
    """A fee with the taxes on it."""

    fee: Fee
    taxes: list[Tax]
    tax_rows: Sequence[TaxRow] = ()  # what it owes of each, in the same order
