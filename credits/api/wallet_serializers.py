"""Wallets and their transactions as Lago shows and reads them."""

from typing import Any, NoReturn

from rest_framework import serializers

from billing_site.core import money
from billing_site.core.api import fields, formats
from credits.api.shapes import (
    ShownRule,
    ShownWallet,
    ShownWalletTransaction,
    WalletBalances,
    WalletTrace,
)
from credits.calculations import wallets as calculations
from credits.models import RecurringRule, Wallet, WalletConsumption, WalletTransaction
from customers.api.payment_methods import PaymentMethodInput, shown_method
from customers.models import Customer


class CreditsField(fields.DecimalStringField):
    """A number of credits; what is none is `invalid_<field>`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "min_value": 0, **kwargs})

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        """Refuse the value by Lago's word for this field."""
        raise serializers.ValidationError("not a number of credits", code=f"invalid_{self.field_name}")


class NoteInput(serializers.Serializer):
    key = fields.CodeField()
    value = fields.CodeField(allow_blank=True)


class RuleInput(serializers.Serializer):
    lago_id = serializers.UUIDField(required=False, allow_null=True)
    trigger = serializers.ChoiceField(choices=RecurringRule.Trigger.choices)
    method = serializers.ChoiceField(choices=RecurringRule.Method.choices, required=False, allow_null=True)
    interval = serializers.ChoiceField(choices=RecurringRule.Interval.choices, required=False, allow_null=True)
    paid_credits = CreditsField()
    granted_credits = CreditsField()
    threshold_credits = CreditsField()
    target_ongoing_balance = CreditsField()
    grants_target_top_up = serializers.BooleanField(required=False, allow_null=True)
    started_at = fields.InstantField(required=False, allow_null=True)
    expiration_at = fields.InstantField(required=False, allow_null=True)
    invoice_requires_successful_payment = serializers.BooleanField(required=False, allow_null=True)
    ignore_paid_top_up_limits = serializers.BooleanField(required=False, allow_null=True)
    transaction_metadata = fields.ObjectsField(child=NoteInput(), max_length=50)
    transaction_name = fields.TextField()
    purchase_order_number = fields.TextField()
    payment_method = PaymentMethodInput(required=False, allow_null=True)


class LimitsInput(serializers.Serializer):
    fee_types = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=10)
    billable_metric_codes = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=1000
    )


class WalletUpdate(serializers.Serializer):
    name = fields.TextField()
    code = fields.CodeField(required=False, allow_null=True)
    priority = fields.BoundedIntegerField(required=False, allow_null=True, min_value=1, max_value=50)
    expiration_at = fields.InstantField(required=False, allow_null=True)
    invoice_requires_successful_payment = serializers.BooleanField(required=False, allow_null=True)
    billing_entity_code = fields.TextField()
    purchase_order_number = fields.TextField()
    paid_top_up_min_amount_cents = fields.CentsField(required=False, allow_null=True)
    paid_top_up_max_amount_cents = fields.CentsField(required=False, allow_null=True)
    recurring_transaction_rules = fields.ObjectsField(child=RuleInput(), max_length=20)
    payment_method = PaymentMethodInput(required=False, allow_null=True)
    applies_to = LimitsInput(required=False, allow_null=True)
    metadata = serializers.DictField(child=fields.TextField(), required=False, allow_null=True)


class NewWalletInput(WalletUpdate):
    """A wallet of the customer in the address."""

    rate_amount = fields.DecimalStringField()
    currency = fields.CurrencyField()
    paid_credits = CreditsField()
    granted_credits = CreditsField()
    transaction_name = fields.TextField()
    transaction_metadata = fields.ObjectsField(child=NoteInput(), max_length=50)
    transaction_priority = fields.BoundedIntegerField(required=False, allow_null=True, min_value=1, max_value=50)
    ignore_paid_top_up_limits_on_creation = serializers.BooleanField(required=False, allow_null=True)

    def validate_rate_amount(self, value: Any) -> Any:
        """Return the worth of a credit; it is more than nothing, to five decimals."""
        if calculations.cut(value) <= 0 or calculations.cut(value) != value:
            raise serializers.ValidationError("out of range", code="value_is_out_of_range")
        return value


class WalletInput(NewWalletInput):
    external_customer_id = fields.CodeField()


class WalletTransactionInput(serializers.Serializer):
    wallet_id = serializers.UUIDField()
    paid_credits = CreditsField()
    granted_credits = CreditsField()
    voided_credits = CreditsField()
    voided_transaction_id = serializers.UUIDField(required=False, allow_null=True)
    name = fields.TextField()
    metadata = fields.ObjectsField(child=NoteInput(), max_length=50)
    priority = fields.BoundedIntegerField(required=False, allow_null=True, min_value=1, max_value=50)
    purchase_order_number = fields.TextField()
    invoice_requires_successful_payment = serializers.BooleanField(required=False, allow_null=True)
    ignore_paid_top_up_limits = serializers.BooleanField(required=False, allow_null=True)
    payment_method = PaymentMethodInput(required=False, allow_null=True)


class RuleOutput(serializers.BaseSerializer):
    def to_representation(self, rule: RecurringRule) -> ShownRule:
        """Return the rule with all keys of Lago's."""
        return {
            "lago_id": rule.lago_id,
            "paid_credits": formats.decimal_string(rule.paid_credits),
            "granted_credits": formats.decimal_string(rule.granted_credits),
            "grants_target_top_up": rule.grants_target_top_up,
            "interval": rule.interval or None,
            "method": rule.method,
            "started_at": formats.instant(rule.started_at),
            "expiration_at": formats.instant(rule.expiration_at),
            "status": rule.status,
            "target_ongoing_balance": formats.decimal_string(rule.target_ongoing_balance),
            "threshold_credits": formats.decimal_string(rule.threshold_credits or 0),
            "trigger": rule.trigger,
            "created_at": formats.instant(rule.created_at),
            "invoice_requires_successful_payment": rule.invoice_requires_successful_payment,
            "transaction_metadata": rule.transaction_metadata,
            "transaction_name": rule.transaction_name or None,
            "purchase_order_number": rule.purchase_order_number or None,
            "ignore_paid_top_up_limits": rule.ignore_paid_top_up_limits,
            "applied_invoice_custom_sections": [],
            "payment_method": shown_method(rule.payment_method),
        }


class WalletOutput(serializers.BaseSerializer):
    def to_representation(self, wallet: Wallet) -> ShownWallet:
        """Return the wallet with all keys of Lago's."""
        customer: Customer = wallet.customer
        rules = [rule for rule in wallet.recurring_rules.all() if rule.status == Wallet.Status.ACTIVE]
        return {
            "lago_id": wallet.lago_id,
            "lago_customer_id": customer.lago_id,
            "external_customer_id": customer.external_id,
            "billing_entity_code": (wallet.billing_entity or customer.billing_entity).code,
            "status": wallet.status,
            "currency": wallet.currency,
            "name": wallet.name or None,
            "code": wallet.code,
            "purchase_order_number": wallet.purchase_order_number or None,
            "rate_amount": formats.decimal_string(wallet.rate_amount),
            **_balances(wallet),
            "created_at": formats.instant(wallet.created_at),
            "expiration_at": formats.instant(wallet.expiration_at),
            "last_balance_sync_at": formats.instant(wallet.last_balance_sync_at),
            "last_consumed_credit_at": formats.instant(wallet.last_consumed_credit_at),
            "terminated_at": formats.instant(wallet.terminated_at),
            "invoice_requires_successful_payment": wallet.invoice_requires_successful_payment,
            "paid_top_up_min_amount_cents": wallet.paid_top_up_min_amount_cents,
            "paid_top_up_max_amount_cents": wallet.paid_top_up_max_amount_cents,
            "priority": wallet.priority,
            "recurring_transaction_rules": RuleOutput(rules, many=True).data,
            "applies_to": {
                "fee_types": wallet.allowed_fee_types,
                "billable_metric_codes": [metric.code for metric in wallet.billable_metrics.all()],
            },
            "applied_invoice_custom_sections": [],
            "payment_method": shown_method(wallet.payment_method),
            "metadata": wallet.metadata or {},
        }


def _balances(wallet: Wallet) -> WalletBalances:
    return {
        "credits_balance": formats.decimal_string(wallet.credits_balance),
        "credits_ongoing_balance": formats.decimal_string(wallet.credits_balance - wallet.credits_ongoing_usage),
        "credits_ongoing_usage_balance": formats.decimal_string(wallet.credits_ongoing_usage),
        "balance_cents": wallet.balance_cents,
        "ongoing_balance_cents": wallet.ongoing_balance_cents,
        "ongoing_usage_balance_cents": wallet.ongoing_usage_cents,
        "consumed_credits": formats.decimal_string(wallet.consumed_credits),
    }


class WalletTransactionOutput(serializers.BaseSerializer):
    def to_representation(self, entry: WalletTransaction) -> ShownWalletTransaction:
        """Return the transaction with all keys of Lago's."""
        wallet = entry.wallet
        left = entry.remaining_amount_cents
        customer = wallet.customer
        return {
            "lago_id": entry.lago_id,
            "lago_wallet_id": wallet.lago_id,
            "lago_invoice_id": entry.invoice_id,
            "lago_credit_note_id": entry.credit_note_id,
            "lago_voided_invoice_id": entry.voided_invoice_id,
            "billing_entity_code": (wallet.billing_entity or customer.billing_entity).code,
            "status": entry.status,
            "source": entry.source,
            "transaction_status": entry.transaction_status,
            "transaction_type": entry.transaction_type,
            "amount": formats.decimal_string(money.to_amount(entry.amount_cents, wallet.currency)),
            "credit_amount": formats.decimal_string(entry.credit_amount),
            "remaining_amount_cents": left,
            "remaining_credit_amount": None if left is None else _credits(left, wallet),
            "priority": entry.priority,
            "purchase_order_number": entry.purchase_order_number or None,
            "settled_at": formats.instant(entry.settled_at),
            "failed_at": formats.instant(entry.failed_at),
            "created_at": formats.instant(entry.created_at),
            "invoice_requires_successful_payment": entry.invoice_requires_successful_payment,
            "metadata": entry.metadata,
            "name": entry.name or None,
            "applied_invoice_custom_sections": [],
            "payment_method": shown_method(entry.payment_method),
        }


class _TraceOutput(serializers.BaseSerializer):
    other = ""

    def to_representation(self, trace: WalletConsumption) -> WalletTrace:
        """Return what was taken, with the transaction at its other end."""
        entry = getattr(trace, self.other)
        return {
            "lago_id": trace.lago_id,
            "amount_cents": trace.amount_cents,
            "credit_amount": _credits(trace.amount_cents, entry.wallet),
            "created_at": formats.instant(trace.created_at),
            "wallet_transaction": WalletTransactionOutput(entry).data,
        }


class ConsumptionOutput(_TraceOutput):
    """What used credits that came in."""

    other = "outbound"


class FundingOutput(_TraceOutput):
    """What credits that left were taken from."""

    other = "inbound"


def _credits(amount_cents: int, wallet: Wallet) -> str:
    return formats.decimal_string(calculations.credits_of(amount_cents, wallet.rate_amount, wallet.currency))
