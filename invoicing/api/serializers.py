"""Invoices and fees as Lago shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing_site.core import money
from billing_site.core.api import formats
from billing_site.core.periods import MOMENT, local_date, local_midnight
from customers.api.serializers import CustomerOutput
from customers.selectors import preferences
from invoicing.api.links import file_url, xml_url
from invoicing.api.shapes import (
    AppliedTax,
    AppliedThreshold,
    BillingPeriod,
    FeeAmounts,
    FeeItem,
    FeeReferences,
    FeeTaxRow,
    InvoiceAmounts,
    InvoiceRelated,
    InvoiceTaxRow,
    PrintedSection,
    ShownCredit,
    ShownFee,
    ShownInvoice,
    ThresholdsKey,
    WholeInvoice,
)
from invoicing.calculations.numbers import draft_number
from invoicing.models import (
    AppliedUsageThreshold,
    CreditNoteUse,
    Fee,
    FeeTax,
    Invoice,
    InvoiceCredit,
    InvoiceSubscription,
    InvoiceTax,
    ProgressiveCredit,
)
from plans.api.subscriptions import SubscriptionOutput
from plans.api.usage_output import breakdown

VERSION_NUMBER = 4  # coupons come off before taxes, as in Lago's invoices of this number
ITEM_TYPES = {
    "subscription": "Subscription", "charge": "BillableMetric", "add_on": "AddOn", "fixed_charge": "AddOn",
    "commitment": "Commitment", "credit": "WalletTransaction",
}  # fmt: skip


class FeeOutput(serializers.BaseSerializer):
    def to_representation(self, fee: Fee) -> ShownFee:
        """Return the fee with all keys of Lago's."""
        return {
            **self._references(fee),
            "item": self._item(fee),
            **self._amounts(fee),
            "events_count": fee.events_count,
            "payment_status": fee.payment_status,
            "created_at": formats.instant(fee.created_at),
            "succeeded_at": formats.instant(fee.succeeded_at),
            "failed_at": formats.instant(fee.failed_at),
            "refunded_at": formats.instant(fee.refunded_at),
            "amount_details": fee.amount_details,
            "self_billed": fee.invoice.self_billed if fee.invoice else False,
            "pricing_unit_details": fee.pricing_unit_details,
            "presentation_breakdowns": [breakdown(*part) for part in fee.displayed_parts],
            "from_date": formats.instant(_first_day(fee) if _is_paid_at_once(fee) else fee.from_at),
            "to_date": formats.instant(fee.to_at - MOMENT) if fee.to_at else None,
            "event_transaction_id": fee.event_transaction_id or None,
            "applied_taxes": [_fee_tax(row, fee) for row in fee.taxes.all()],
        }

    def _references(self, fee: Fee) -> FeeReferences:
        subscription, charge = fee.subscription, fee.charge
        return {
            "lago_id": fee.lago_id,
            "lago_charge_id": charge.lago_id if charge else None,
            "lago_charge_filter_id": fee.charge_filter.lago_id if fee.charge_filter else None,
            "lago_fixed_charge_id": fee.fixed_charge.lago_id if fee.fixed_charge else None,
            "lago_invoice_id": fee.invoice.lago_id if fee.invoice else None,
            "lago_true_up_fee_id": next((row.lago_id for row in fee.true_ups.all()), None),
            "lago_true_up_parent_fee_id": fee.true_up_parent.lago_id if fee.true_up_parent else None,
            "lago_original_fee_id": None,
            "lago_subscription_id": subscription.lago_id if subscription else None,
            "external_subscription_id": subscription.external_id if subscription else None,
            "lago_customer_id": fee.customer.lago_id,
            "external_customer_id": fee.customer.external_id,
        }

    def _amounts(self, fee: Fee) -> FeeAmounts:
        exponent = money.exponent(fee.currency)
        precise_total = fee.precise_amount_cents + fee.taxes_precise_amount_cents
        net = fee.amount_cents - fee.precise_coupons_amount_cents
        return {
            "pay_in_advance": fee.pay_in_advance,
            "invoiceable": fee.invoiceable,
            "amount_cents": fee.amount_cents,
            "amount_currency": fee.currency,
            "precise_amount": _major(fee.precise_amount_cents, exponent),
            "precise_total_amount": _major(precise_total, exponent),
            "taxes_amount_cents": fee.taxes_amount_cents,
            "taxes_precise_amount": _major(fee.taxes_precise_amount_cents, exponent),
            "taxes_rate": Decimal(money.plain(fee.taxes_rate)),
            "total_aggregated_units": formats.decimal_string(fee.total_aggregated_units),
            "total_amount_cents": fee.amount_cents + fee.taxes_amount_cents,
            "total_amount_currency": fee.currency,
            "units": formats.decimal_string(fee.units),
            "description": fee.description or None,
            "precise_unit_amount": formats.decimal_string(fee.precise_unit_amount),
            "precise_coupons_amount_cents": formats.five_decimals(fee.precise_coupons_amount_cents),
            "sub_total_excluding_taxes_amount_cents": money.round_half_up(net),
            "sub_total_excluding_taxes_precise_amount_cents": formats.five_decimals(net),
        }

    def _item(self, fee: Fee) -> FeeItem:
        about = _about(fee)
        return {
            "type": fee.fee_type,
            "code": fee.item_code,
            "name": fee.item_name,
            "description": fee.description or None,
            "invoice_display_name": fee.invoice_display_name or fee.item_name,
            "filters": fee.filter_values or None,
            "filter_invoice_display_name": fee.filter_display_name or None,
            "lago_item_id": about.lago_id if about else None,
            "item_type": ITEM_TYPES.get(fee.fee_type, "Subscription"),
            # Clients break on null here, and an empty text would be a value: an event without it has no such key.
            "grouped_by": {key: value for key, value in fee.grouped_by.items() if value},
        }


def _is_paid_at_once(fee: Fee) -> bool:
    return bool(fee.charge_id and fee.pay_in_advance and fee.from_at)


def _first_day(fee: Fee) -> datetime:
    """Return when the day began on which the time of a fee did: what is paid at once is told by days."""
    assert fee.from_at is not None
    zone = fee.invoice.timezone if fee.invoice else preferences.terms(fee.customer).timezone
    return local_midnight(local_date(fee.from_at, zone), zone)


def _about(fee: Fee) -> Any:
    if fee.charge:
        return fee.charge.billable_metric
    if fee.fixed_charge:
        return fee.fixed_charge.add_on
    return fee.add_on or fee.wallet_transaction or fee.subscription


def _major(cents: Decimal, exponent: int) -> Decimal:
    return Decimal(money.plain(cents.scaleb(-exponent)))


def _fee_tax(row: FeeTax, fee: Fee) -> FeeTaxRow:
    return {"lago_fee_id": fee.lago_id, **_tax(row, fee.currency)}


def _invoice_tax(row: InvoiceTax, invoice: Invoice) -> InvoiceTaxRow:
    return {
        "lago_invoice_id": invoice.lago_id,
        **_tax(row, invoice.currency),
        "fees_amount_cents": row.fees_amount_cents,
    }


def _tax(row: FeeTax | InvoiceTax, currency: str) -> AppliedTax:
    return {
        "lago_id": row.lago_id,
        "lago_tax_id": row.tax.lago_id if row.tax else None,
        "tax_name": row.name,
        "tax_code": row.code,
        "tax_rate": Decimal(money.plain(row.rate)),
        "tax_description": row.description or None,
        "amount_cents": row.amount_cents,
        "amount_currency": currency,
        "created_at": formats.instant(row.created_at),
    }


class InvoiceOutput(serializers.BaseSerializer):
    """An invoice as it stands in lists."""

    def to_representation(self, invoice: Invoice) -> ShownInvoice:
        """Return the invoice with all keys of Lago's lists."""
        return {
            "lago_id": invoice.lago_id,
            "billing_entity_code": invoice.billing_entity.code,
            "sequential_id": invoice.sequential_id,
            "number": invoice.number or draft_number(invoice.billing_entity.document_number_prefix),
            "purchase_order_number": invoice.purchase_order_number or None,
            "issuing_date": invoice.issuing_date.isoformat(),
            "payment_due_date": invoice.payment_due_date.isoformat(),
            "net_payment_term": invoice.net_payment_term,
            "invoice_type": invoice.invoice_type,
            "status": invoice.status,
            "payment_status": invoice.payment_status,
            "payment_dispute_lost_at": formats.instant_ms(invoice.payment_dispute_lost_at),
            "payment_overdue": invoice.payment_overdue,
            "currency": invoice.currency,
            **self._amounts(invoice),
            "file_url": file_url(invoice),
            "xml_url": xml_url(invoice),
            "web_url": None,
            "version_number": VERSION_NUMBER,
            "self_billed": invoice.self_billed,
            "created_at": formats.instant(invoice.created_at),
            "updated_at": formats.instant(invoice.updated_at),
            "voided_at": formats.instant(invoice.voided_at),
            **self._related(invoice),
        }

    def _amounts(self, invoice: Invoice) -> InvoiceAmounts:
        return {
            "fees_amount_cents": invoice.fees_amount_cents,
            "taxes_amount_cents": invoice.taxes_amount_cents,
            "progressive_billing_credit_amount_cents": invoice.progressive_billing_credit_amount_cents,
            "coupons_amount_cents": invoice.coupons_amount_cents,
            "credit_notes_amount_cents": invoice.credit_notes_amount_cents,
            "sub_total_excluding_taxes_amount_cents": invoice.sub_total_excluding_taxes_amount_cents,
            "sub_total_including_taxes_amount_cents": invoice.sub_total_including_taxes_amount_cents,
            "total_amount_cents": invoice.total_amount_cents,
            "total_due_amount_cents": invoice.total_due_amount_cents,
            "total_paid_amount_cents": invoice.total_paid_amount_cents,
            "total_offsetted_credit_note_amount_cents": invoice.offset_amount_cents,
            "prepaid_credit_amount_cents": invoice.prepaid_credit_amount_cents,
            "prepaid_granted_credit_amount_cents": invoice.prepaid_granted_credit_amount_cents,
            "prepaid_purchased_credit_amount_cents": invoice.prepaid_purchased_credit_amount_cents,
        }

    def _related(self, invoice: Invoice) -> InvoiceRelated:
        return {
            "customer": CustomerOutput(invoice.customer).data,
            "metadata": [
                {
                    "lago_id": item.lago_id,
                    "key": item.key,
                    "value": item.value,
                    "created_at": formats.instant(item.created_at),
                }
                for item in invoice.metadata.all()
            ],
            "applied_taxes": [_invoice_tax(row, invoice) for row in invoice.taxes.all()],
        }


class WholeInvoiceOutput(InvoiceOutput):
    """An invoice with its fees and all that explains it."""

    def to_representation(self, invoice: Invoice) -> WholeInvoice:
        """Return the invoice with all keys of Lago's."""
        rows = list(invoice.invoice_subscriptions.all())
        return {
            **super().to_representation(invoice),
            "subscriptions": [SubscriptionOutput(row.subscription).data for row in rows],
            "billing_periods": [_billing_period(row) for row in rows],
            "fees": FeeOutput(sorted(invoice.fees.all(), key=lambda fee: fee.pk), many=True).data,
            "credits": [
                *(_credit_of_usage(row, invoice) for row in invoice.progressive_credits.all()),
                *(_credit(row, invoice) for row in invoice.credits.all()),
                *(_credit_by_note(row, invoice) for row in invoice.credit_note_uses.all()),
            ],
            "error_details": [],
            "applied_invoice_custom_sections": [_section(copy, invoice) for copy in invoice.custom_sections],
            **_thresholds(invoice),
        }


def _thresholds(invoice: Invoice) -> ThresholdsKey:
    """Return the key of the thresholds that a progressive invoice was made for; no key on others."""
    if invoice.invoice_type != Invoice.Type.PROGRESSIVE_BILLING:
        return {}
    return {"applied_usage_thresholds": [_threshold(row) for row in invoice.applied_usage_thresholds.all()]}


def _threshold(row: AppliedUsageThreshold) -> AppliedThreshold:
    threshold = row.usage_threshold
    return {
        "lifetime_usage_amount_cents": row.lifetime_usage_amount_cents,
        "created_at": formats.instant(row.created_at),
        "usage_threshold": {
            "lago_id": threshold.lago_id,
            "threshold_display_name": row.threshold_display_name or None,
            "amount_cents": row.amount_cents,
            "recurring": row.recurring,
            "created_at": formats.instant(threshold.created_at),
            "updated_at": formats.instant(threshold.updated_at),
        },
    }


def _section(copy: dict[str, Any], invoice: Invoice) -> PrintedSection:
    return {
        "lago_id": copy["lago_id"],
        "lago_invoice_id": invoice.lago_id,
        "code": copy["code"],
        "details": copy["details"],
        "display_name": copy["display_name"] or copy["name"],
        "created_at": formats.instant(invoice.finalized_at),
    }


def _billing_period(row: InvoiceSubscription) -> BillingPeriod:
    # Clients break on null bounds: where there is no usage the plan fee's stand in (Lago's own client, 4.4).
    usage_from, usage_to = row.charges_from_at or row.from_at, row.charges_to_at or row.to_at
    fixed_from, fixed_to = row.fixed_charges_from_at or usage_from, row.fixed_charges_to_at or usage_to
    return {
        "lago_subscription_id": row.subscription.lago_id,
        "external_subscription_id": row.subscription.external_id,
        "lago_plan_id": row.subscription.plan.lago_id,
        "subscription_from_datetime": formats.instant(row.from_at),
        "subscription_to_datetime": formats.instant(row.to_at - MOMENT),
        "charges_from_datetime": formats.instant(usage_from),
        "charges_to_datetime": formats.instant(_last_moment(row, usage_to)),
        "fixed_charges_from_datetime": formats.instant(fixed_from),
        "fixed_charges_to_datetime": formats.instant(_last_moment(row, fixed_to)),
        "invoicing_reason": row.invoicing_reason,
    }


def _last_moment(row: InvoiceSubscription, end: datetime) -> datetime:
    """Return the inclusive end: the last moment of a day, or the moment within a day at which the plan changed."""
    is_midnight = local_midnight(local_date(end, row.invoice.timezone), row.invoice.timezone) == end
    return end if end == row.subscription.terminated_at and not is_midnight else end - MOMENT


def _credit_of_usage(row: ProgressiveCredit, invoice: Invoice) -> ShownCredit:
    billed = row.progressive_invoice
    return {
        "lago_id": row.lago_id,
        "amount_cents": row.amount_cents,
        "amount_currency": invoice.currency,
        "before_taxes": True,
        "item": {
            "lago_item_id": billed.lago_id,
            "type": "invoice",
            "code": billed.number,
            "name": billed.number,
            "description": None,
        },
        "invoice": {"lago_id": invoice.lago_id, "payment_status": invoice.payment_status},
    }


def _credit(row: InvoiceCredit, invoice: Invoice) -> ShownCredit:
    coupon = row.applied_coupon.coupon
    return {
        "lago_id": row.lago_id,
        "amount_cents": row.amount_cents,
        "amount_currency": invoice.currency,
        "before_taxes": True,
        "item": {
            "lago_item_id": coupon.lago_id,
            "type": "coupon",
            "code": coupon.code,
            "name": coupon.name,
            "description": coupon.description or None,
        },
        "invoice": {"lago_id": invoice.lago_id, "payment_status": invoice.payment_status},
    }


def _credit_by_note(row: CreditNoteUse, invoice: Invoice) -> ShownCredit:
    note = row.credit_note
    return {
        "lago_id": row.lago_id,
        "amount_cents": row.amount_cents,
        "amount_currency": invoice.currency,
        "before_taxes": False,
        "item": {
            "lago_item_id": note.lago_id,
            "type": "credit_note",
            "code": note.number,
            "name": note.invoice.number,
            "description": note.description or None,
        },
        "invoice": {"lago_id": invoice.lago_id, "payment_status": invoice.payment_status},
    }
