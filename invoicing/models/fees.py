from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from credits.models import WalletTransaction
from customers.models import Customer, Tax
from invoicing.models.invoices import Invoice
from plans.models import AddOn, Charge, ChargeFilter, FixedCharge, Subscription


class Fee(BaseModel):
    """
    A line of an invoice, with all that it was computed from.

    `amount_cents` is rounded once, half up, from `precise_amount_cents`. `details` explains the amount: tiers, days,
    and the copies of names that the document prints.
    """

    class Type(models.TextChoices):
        SUBSCRIPTION = "subscription", "plan fee"
        CHARGE = "charge", "usage"
        ADD_ON = "add_on", "add-on"
        CREDIT = "credit", "credits bought"
        COMMITMENT = "commitment", "minimum commitment"
        FIXED_CHARGE = "fixed_charge", "fixed charge"

    class PaymentStatus(models.TextChoices):
        PENDING = "pending", "open"
        SUCCEEDED = "succeeded", "paid"
        FAILED = "failed", "failed"
        REFUNDED = "refunded", "refunded"

    # A fee is its invoice's and its subscription's customer's: two keys of two columns each stand for three of one
    # (migration 0027), which costs a billing run a check less for each line.
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, db_constraint=False, related_name="fees")
    customer = models.ForeignKey(Customer, models.PROTECT, db_constraint=False, related_name="fees")
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="fees")
    # Of the others, most fees have none; an index below has those that do.
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="fees"
    )
    charge_filter = models.ForeignKey(ChargeFilter, models.PROTECT, null=True, db_index=False, related_name="fees")
    fixed_charge = models.ForeignKey(FixedCharge, models.PROTECT, null=True, db_index=False, related_name="fees")
    wallet_transaction = models.ForeignKey(
        WalletTransaction, models.PROTECT, null=True, db_index=False, related_name="fees"
    )
    add_on = models.ForeignKey(AddOn, models.PROTECT, null=True, db_index=False, related_name="fees")  # sold by itself
    # What came in after the invoice of its time was final; the constraint below finds them.
    late_usage = models.ForeignKey(
        "invoicing.LateUsage", models.PROTECT, null=True, db_index=False, related_name="fees"
    )
    # What lifts a charge to its minimum points to the fee that it completes.
    true_up_parent = models.ForeignKey("self", models.CASCADE, null=True, db_index=False, related_name="true_ups")
    fee_type = models.CharField("type", max_length=15, choices=Type.choices)
    payment_status = models.CharField(max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.PENDING)
    # What the line is called and which thing it is about, as it was then.
    item_code = models.CharField(max_length=255)
    item_name = models.CharField(max_length=255)
    invoice_display_name = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=600, blank=True)
    grouped_by = models.JSONField(default=dict)
    filter_values = models.JSONField(default=dict)
    filter_display_name = models.CharField(max_length=1000, blank=True)

    currency = models.CharField(max_length=3)
    units = models.DecimalField(max_digits=40, decimal_places=15)
    total_aggregated_units = models.DecimalField(max_digits=40, decimal_places=15)
    events_count = models.BigIntegerField(null=True)
    precise_unit_amount = models.DecimalField(max_digits=40, decimal_places=15)  # major units
    amount_cents = models.BigIntegerField()
    precise_amount_cents = models.DecimalField(max_digits=40, decimal_places=15)
    precise_coupons_amount_cents = models.DecimalField(max_digits=40, decimal_places=15, default=0)
    # What of that is usage that a progressive invoice has billed before.
    precise_progressive_amount_cents = models.DecimalField(max_digits=40, decimal_places=15, default=0)
    precise_credit_notes_amount_cents = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    taxes_amount_cents = models.BigIntegerField(default=0)
    taxes_precise_amount_cents = models.DecimalField(max_digits=40, decimal_places=15, default=0)
    taxes_rate = models.DecimalField(max_digits=12, decimal_places=5, default=0)
    pay_in_advance = models.BooleanField(default=False)
    invoiceable = models.BooleanField(default=True)  # one that is not stands alone, until it is regrouped
    event_transaction_id = models.CharField(max_length=255, blank=True)  # of the event that it was made for, at once
    pricing_unit_details = models.JSONField(null=True)  # the amounts before they were converted
    # Units by properties that change no price: [{displayed_by, others, units}], of which documents show the first.
    presentation_breakdowns = models.JSONField(default=list)
    from_at = models.DateTimeField(null=True)  # half-open
    to_at = models.DateTimeField(null=True)
    amount_details = models.JSONField(default=dict)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    refunded_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gte=0, taxes_amount_cents__gte=0, precise_coupons_amount_cents__gte=0),
                name="fee_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(precise_progressive_amount_cents__gte=0)
                & Q(precise_progressive_amount_cents__lte=F("precise_coupons_amount_cents")),
                name="fee_progressive_within_coupons",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False) | Q(subscription__isnull=False), name="fee_has_an_owner"
            ),
            # An event is paid for once, whatever is repeated (its subscription makes its transaction id unique).
            models.UniqueConstraint(
                fields=["subscription", "charge", "event_transaction_id"],
                condition=~Q(event_transaction_id=""),
                name="fee_once_for_an_event",
            ),
            models.UniqueConstraint(
                fields=["late_usage", "charge", "charge_filter", "grouped_by"],
                condition=Q(late_usage__isnull=False),
                nulls_distinct=False,
                name="fee_once_for_late_usage",
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "-id"], name="fee_of_subscription"),
            models.Index(fields=["created_at", "id"], name="fee_oldest"),
            *(
                models.Index(fields=[key], name=name, condition=Q(**{f"{key}__isnull": False}))
                for key, name in (
                    ("true_up_parent", "fee_true_up"),
                    ("charge_filter", "fee_of_charge_filter"),
                    ("fixed_charge", "fee_of_fixed_charge"),
                    ("wallet_transaction", "fee_of_wallet_transaction"),
                    ("add_on", "fee_of_add_on"),
                )
            ),
            models.Index(
                fields=["subscription", "charge"], name="fee_alone", condition=Q(invoice=None, deleted_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_display_name or self.item_name

    @property
    def displayed_parts(self) -> list[tuple[dict[str, str], Decimal]]:
        """Return the units by the properties that invoices show, added up over the others."""
        found: dict[tuple[tuple[str, str], ...], Decimal] = {}
        for row in self.presentation_breakdowns:
            if row["displayed_by"]:
                key = tuple(sorted(row["displayed_by"].items()))
                found[key] = found.get(key, Decimal(0)) + Decimal(row["units"])
        return [(dict(key), units) for key, units in found.items()]


class FeeTax(models.Model):
    """What a fee owes of one tax, each rounded alone (rule M24); the invoice's rows are the legal ones."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField()  # told, but nothing is found by it
    fee = models.ForeignKey(Fee, models.CASCADE, related_name="taxes")
    # Taxes stay for ever, by a trigger of theirs.
    tax = models.ForeignKey(Tax, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+")
    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)
    rate = models.DecimalField(max_digits=12, decimal_places=5)
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"
