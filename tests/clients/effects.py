"""Where what an operation did is to be seen, through another operation of the same client."""

from typing import Any

from tests.api.operations import ROWS
from tests.api.operations.reading import READS
from tests.api.operations.row import Row

# What changes nothing: it is asked like a question, and its answer is all there is.
QUESTIONS = frozenset(
    {
        "billable_metrics/evaluate_expression", "credit_notes/estimate", "events/batch_estimate_instant_fees",
        "events/estimate_fees", "events/estimate_instant_fees", "invoices/preview",
        "subscriptions/<str:external_id>/preview_change",
    }
)  # fmt: skip
# What waits for a provider, of which there is none here (tests/scenarios/test_stripe.py has one).
WAITING = frozenset({"invoices/<uuid:lago_id>/retry_payment"})
# Where to look where that is neither the address itself nor one above it.
ELSEWHERE = {
    "POST events/batch": "events/t-1",
    "POST applied_coupons": "customers/cust/applied_coupons",
    "POST wallet_transactions": "wallets/${wallet}/wallet_transactions",
    "DELETE customers/<str:external_id>/applied_coupons/<uuid:lago_id>": "applied_coupons",
}


def place_of(row: Row) -> str:
    """Return the address at which the effect of an operation is read, one that answers before it as well."""
    if str(row) in ELSEWHERE:
        return ELSEWHERE[str(row)]
    address = row.address.split("?")[0]
    while address not in _READ:
        address = address.rpartition("/")[0]
        assert address, f"{row} has no place where its effect is seen: name one in ELSEWHERE"
    return address


_READ = {address.split("?")[0] for address in READS.values()} | {
    row.address for row in ROWS if row.path in READS and row.method != "POST"
}


def is_question(row: Row) -> bool:
    """Test if an operation changes nothing in this world."""
    return row.path in QUESTIONS | WAITING


def spoiled(body: Any) -> Any:
    """Return a body of which nothing can be used."""
    nonsense = {"a": {"b": []}}
    return {root: dict.fromkeys(part, nonsense) if isinstance(part, dict) else "x" for root, part in body.items()}
