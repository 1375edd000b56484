"""
What coupons take off the fees of an invoice, before taxes (Lago rules M16 to M21).

Coupons come one after the other, each on what the ones before it left. What one takes is whole minor units; its shares
of the fees are Lago's to five decimals, and kept with ten more so that they add up to it exactly. (Lago keeps five
and may lose the last.)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal

import msgspec
from msgspec.structs import replace

from billing_site.core.money import exact, round_half_up

ZERO = Decimal(0)
SHOWN, KEPT = Decimal("1e-5"), Decimal("1e-15")
Key = int | str


class DiscountedFee(msgspec.Struct, frozen=True):
    """
    A fee that coupons may take from, in minor units.

    `plan_keys` name the plan of its subscription (with the plan that this one was derived from), `metric_key` the
    metric of a usage fee. `precise_coupons_cents` is what was taken off it already.
    """

    key: Key
    amount_cents: int
    plan_keys: frozenset[Key] = frozenset()
    metric_key: Key | None = None
    precise_coupons_cents: Decimal = ZERO

    @property
    def left_cents(self) -> Decimal:
        """Return what can still be taken off."""
        return self.amount_cents - self.precise_coupons_cents


class CustomerCoupon(msgspec.Struct, frozen=True):
    """
    A coupon that a customer has: an amount in minor units of a currency, or a rate in percent.

    `remaining_cents` is what is left of an amount given once, `invoices_left` on how many invoices one that recurs
    still counts. Without plans and metrics it is good for everything.
    """

    key: Key
    given_at: datetime
    frequency: str
    amount_cents: int | None = None
    currency: str | None = None
    percentage_rate: Decimal | None = None
    remaining_cents: int | None = None
    invoices_left: int | None = None
    plan_keys: frozenset[Key] = frozenset()
    metric_keys: frozenset[Key] = frozenset()

    def takes_from(self, fee: DiscountedFee) -> bool:
        """Say whether the coupon is good for a fee."""
        if self.metric_keys:
            return fee.metric_key in self.metric_keys
        return not self.plan_keys or not self.plan_keys.isdisjoint(fee.plan_keys)


class CouponUse(msgspec.Struct, frozen=True):
    """What a coupon took, in minor units, and what is left of it after that."""

    key: Key
    amount_cents: int
    remaining_cents: int | None
    invoices_left: int | None
    is_used_up: bool


class Discounts(msgspec.Struct, frozen=True):
    """What all coupons took: each use, and the fees, in the order given, with what was taken off them."""

    uses: tuple[CouponUse, ...]
    fees: tuple[DiscountedFee, ...]

    @property
    def amount_cents(self) -> int:
        """Return the sum of all uses in minor units."""
        return sum(use.amount_cents for use in self.uses)


@exact
def apply_coupons(coupons: Iterable[CustomerCoupon], fees: Sequence[DiscountedFee], *, currency: str) -> Discounts:
    """
    Let coupons take from the fees of one invoice, in Lago's order (M16), until nothing is left to pay.

    An amount in another currency is passed over (M17). A coupon that finds nothing to take is not used, so that a free
    month costs none of its invoices.
    """
    uses, left = [], list(fees)
    for coupon in sorted(coupons, key=_order):
        targets = [index for index, fee in enumerate(left) if coupon.takes_from(fee) and fee.left_cents > 0]
        base_cents = sum((left[index].left_cents for index in targets), ZERO)
        taken_cents = _amount(coupon, base_cents, currency)
        if not taken_cents:
            continue
        shares = _shares(taken_cents, [left[index].left_cents for index in targets], base_cents)
        for index, share in zip(targets, shares, strict=True):
            left[index] = replace(left[index], precise_coupons_cents=left[index].precise_coupons_cents + share)
        uses.append(_use(coupon, taken_cents))
    return Discounts(tuple(uses), tuple(left))


def _order(coupon: CustomerCoupon) -> tuple[int, datetime, str]:
    rank = 0 if coupon.metric_keys else 1 if coupon.plan_keys else 2
    return rank, coupon.given_at, f"{coupon.key:>20}"


def _amount(coupon: CustomerCoupon, base_cents: Decimal, currency: str) -> int:
    """Return the whole minor units that a coupon takes off its base, never more than that (Lago rules M18 and M19)."""
    most = int(base_cents.to_integral_value(rounding=ROUND_FLOOR))
    if coupon.percentage_rate is not None:
        return min(round_half_up(base_cents * coupon.percentage_rate / 100), most)
    if coupon.currency != currency:
        return 0
    return min(_available(coupon), most)


def _available(coupon: CustomerCoupon) -> int:
    # A recurring amount is there anew on every invoice; one given once shrinks.
    return (coupon.amount_cents if coupon.remaining_cents is None else coupon.remaining_cents) or 0


def _shares(taken_cents: int, parts: Sequence[Decimal], base_cents: Decimal) -> list[Decimal]:
    """
    Spread what was taken over the fees in proportion to what each has left (Lago rule M20).

    Each share is rounded alone to five decimals. What this leaves over is spread evenly beyond the fifth decimal,
    within what each fee has.
    """
    shares = [min(part, _rounded(taken_cents * part / base_cents)) for part in parts]
    rest = taken_cents - sum(shares, ZERO)
    rooms = [part - share if rest > 0 else share for part, share in zip(parts, shares, strict=True)]
    for place, index in enumerate(sorted(range(len(parts)), key=rooms.__getitem__)):
        even = (abs(rest) / (len(parts) - place)).quantize(KEPT, rounding=ROUND_UP)
        step = min(rooms[index], even).copy_sign(rest)
        shares[index] += step
        rest -= step
    return shares


def _rounded(share: Decimal) -> Decimal:
    return share.quantize(SHOWN, rounding=ROUND_HALF_UP)


def _use(coupon: CustomerCoupon, taken_cents: int) -> CouponUse:
    """Return what is left of a coupon after it was used on one invoice (Lago rule M21)."""
    remaining_cents, invoices_left, is_used_up = coupon.remaining_cents, coupon.invoices_left, False
    if coupon.frequency == "once":
        remaining_cents = None if coupon.amount_cents is None else _available(coupon) - taken_cents
        is_used_up = not remaining_cents
    elif coupon.frequency == "recurring":
        invoices_left = max((coupon.invoices_left or 0) - 1, 0)
        is_used_up = not invoices_left
    return CouponUse(coupon.key, taken_cents, remaining_cents, invoices_left, is_used_up)
