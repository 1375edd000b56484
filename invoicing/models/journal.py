from functools import reduce
from operator import add

from django.db import models
from django.db.models import F, Q

from customers.models import Customer

# The accounts, in the order in which they are shown. Each is a column of the journal, in minor units: what is to the
# debit of an account is positive, what is to its credit negative.
ACCOUNTS = (
    "receivable",  # what customers have been asked for and not paid
    "cash",  # what they paid
    "revenue",  # what was billed, before discounts and taxes
    "discounts",  # what coupons took off
    "thresholds",  # what was billed before its period ended, and is not billed again
    "credited",  # what credit notes took back, before taxes
    "taxes",  # what is owed to the tax office
    "credits_owed",  # what is left of credit notes
    "refunds_owed",  # what is to be paid back
    "unapplied",  # what came in that nothing was due for
    "disputed",  # what banks hold until a dispute is decided
    "purchases",  # credits that were invoiced and are not in a wallet yet
    "wallets",  # what is left in wallets
    "granted",  # credits that were given away
    "drawn",  # credits between the wallet that they left and the invoice that they pay
    "lapsed",  # claims that customers lost: credits taken away, notes made void
    "losses",  # what banks took back for good
)


def _column() -> models.BigIntegerField:
    return models.BigIntegerField(db_default=0, editable=False)


class JournalEntry(models.Model):
    """
    A fact about money in double entry: one row, a column for each account, which add up to nothing (reliability L13).

    Written by triggers (migrations 0014, 0024) in the statement that makes the fact, so that no code can forget it;
    another trigger refuses every change. A correction is a fact of its own.
    """

    class Kind(models.TextChoices):
        INVOICED = "invoiced", "invoice became final"
        VOIDED = "voided", "invoice made void"
        PAID = "paid", "paid"
        CREDITED = "credited", "credit note issued"
        CREDIT_VOIDED = "credit_voided", "credit note made void"
        REFUNDED = "refunded", "refunded"
        KEPT = "kept", "kept as unapplied"
        DISPUTED = "disputed", "disputed"
        FILLED = "filled", "credits came into a wallet"
        DRAWN = "drawn", "credits left a wallet"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")  # an index below has it
    currency = models.CharField(max_length=3)
    subject_type = models.CharField(max_length=60)  # "app_label.model_name": an invoice, a credit note, wallet's entry
    subject_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()

    receivable = _column()
    cash = _column()
    revenue = _column()
    discounts = _column()
    thresholds = _column()
    credited = _column()
    taxes = _column()
    credits_owed = _column()
    refunds_owed = _column()
    unapplied = _column()
    disputed = _column()
    purchases = _column()
    wallets = _column()
    granted = _column()
    drawn = _column()
    lapsed = _column()
    losses = _column()

    objects = models.Manager()

    class Meta:
        verbose_name = "entry of the journal"
        verbose_name_plural = "journal"
        constraints = [
            # All accounts but the first add up to the opposite of the first.
            models.CheckConstraint(
                condition=Q(receivable=-1 * reduce(add, map(F, ACCOUNTS[1:]))), name="journal_entry_balances"
            ),
            # What is paid, kept, refunded or disputed may happen in parts; all else happens to a thing once.
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind"],
                condition=~Q(kind__in=["paid", "refunded", "kept", "disputed"]),
                name="journal_fact_once",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="journal_subject"),
            models.Index(fields=["customer", "-id"], name="journal_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    @property
    def legs(self) -> dict[str, int]:
        """The accounts that it touches, with the minor units to their debit (positive) or credit."""
        return {name: getattr(self, name) for name in ACCOUNTS if getattr(self, name)}
