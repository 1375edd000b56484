"""Events on their way in: as checked one by one, and as most batches bring them, with nothing unusual about them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import msgspec

# PostgreSQL counts microseconds from here.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_SECONDS = 946_684_800
_MICROSECOND = timedelta(microseconds=1)
EARLIEST, LATEST = 31_536_000, 253_370_764_800  # the years 1971 to 9998, in seconds since 1970
NO_PROPERTIES = msgspec.Raw(b"{}")


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as it was sent; `properties` is the text of a JSON object. An empty subscription id names none."""

    transaction_id: str
    external_subscription_id: str
    code: str
    timestamp: datetime
    properties: str
    precise_total_amount_cents: Decimal | None = None

    @property
    def moment(self) -> int:
        """The timestamp as PostgreSQL counts: microseconds since 2000."""
        return (self.timestamp - _EPOCH) // _MICROSECOND

    @property
    def raw(self) -> bytes:
        """The properties as bytes."""
        return self.properties.encode()


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class PlainEvent(msgspec.Struct, frozen=True, gc=False):
    """
    An event just as it was decoded, which can be stored as it is.

    It reads like a `NewEvent`, but makes a datetime and text only for those that ask: storing needs neither.
    """

    transaction_id: _Id
    external_subscription_id: _Id
    code: _Id
    seconds: Annotated[int, msgspec.Meta(ge=EARLIEST, le=LATEST)] = msgspec.field(name="timestamp")
    raw: msgspec.Raw = msgspec.field(name="properties", default=NO_PROPERTIES)
    precise_total_amount_cents: None = None

    @property
    def moment(self) -> int:
        """The timestamp as PostgreSQL counts: microseconds since 2000."""
        return (self.seconds - _EPOCH_SECONDS) * 1_000_000

    @property
    def timestamp(self) -> datetime:
        """When it happened."""
        return datetime.fromtimestamp(self.seconds, UTC)

    @property
    def properties(self) -> str:
        """The text of its JSON object."""
        return bytes(self.raw).decode()


Incoming = NewEvent | PlainEvent


def moment(instant: datetime) -> int:
    """Return an instant as PostgreSQL counts: microseconds since 2000."""
    return (instant - _EPOCH) // _MICROSECOND
