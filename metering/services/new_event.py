"""An event on its way in."""

from datetime import datetime
from decimal import Decimal

import msgspec


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as it was sent; `properties` is the text of a JSON object. An empty subscription id names none."""

    transaction_id: str
    external_subscription_id: str
    code: str
    timestamp: datetime
    properties: str
    precise_total_amount_cents: Decimal | None = None
