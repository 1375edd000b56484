from dataclasses import dataclass, field

from customers.models import Tax
from invoicing.models import Fee
from invoicing.models.fees import FeeTax


@dataclass(slots=True)
class FeeDraft:
    """A fee with the taxes on it."""

    fee: Fee
    taxes: list[Tax]
    rows: list[FeeTax] = field(default_factory=list)
