"""Credit notes as Lago shows them, and what is taken in."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing_site.core import money
from billing_site.core.api import fields, formats
from customers.api.serializers import CustomerOutput
from invoicing.api.links import file_url, xml_url
from invoicing.api.serializers import FeeOutput
from invoicing.api.shapes import (
    EstimatedNote,
    FactsKey,
    NoteAmounts,
    NoteItem,
    NoteTax,
    ShownCreditNote,
    WholeCreditNote,
)
from invoicing.models import CreditNote, CreditNoteTax
from invoicing.services.credit_notes.creation import Estimate

LARGEST = 10**15


class CentsField(serializers.IntegerField):
    """Minor units, zero or more; only an integer is one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": LARGEST, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        """Return the integer."""
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        value: int = super().to_internal_value(data)
        return value


class ItemInput(serializers.Serializer):
    fee_id = serializers.UUIDField()
    amount_cents = CentsField()


class EstimateInput(serializers.Serializer):
    invoice_id = serializers.UUIDField()
    items = ItemInput(many=True, allow_empty=False)


class MetadataField(serializers.DictField):
    """Facts by key: text or null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(allow_null=True, allow_blank=True, max_length=255), **kwargs)


class CreditNoteInput(EstimateInput):
    reason = serializers.ChoiceField(choices=CreditNote.Reason.choices, required=False, allow_null=True)
    description = fields.TextField(max_length=600)
    credit_amount_cents = CentsField(required=False, allow_null=True)
    refund_amount_cents = CentsField(required=False, allow_null=True)
    offset_amount_cents = CentsField(required=False, allow_null=True)
    metadata = MetadataField(required=False, allow_null=True)


class CreditNoteUpdate(serializers.Serializer):
    refund_status = serializers.ChoiceField(choices=CreditNote.RefundStatus.choices, required=False)
    metadata = MetadataField(required=False, allow_null=True)


class CreditNoteOutput(serializers.BaseSerializer):
    """A credit note as it stands in lists."""

    def to_representation(self, note: CreditNote) -> ShownCreditNote:
        """Return the note with all keys of Lago's lists."""
        invoice = note.invoice
        return {
            "lago_id": note.lago_id,
            "billing_entity_code": invoice.billing_entity.code,
            "sequential_id": note.sequential_id,
            "number": note.number,
            "lago_invoice_id": invoice.lago_id,
            "invoice_number": invoice.number,
            "purchase_order_number": invoice.purchase_order_number or None,
            "issuing_date": note.issuing_date.isoformat(),
            "credit_status": note.credit_status or None,
            "refund_status": note.refund_status or None,
            "reason": note.reason,
            "description": note.description or None,
            "currency": note.currency,
            **_note_amounts(note),
            "created_at": formats.instant(note.created_at),
            "updated_at": formats.instant(note.updated_at),
            "file_url": file_url(note),
            "xml_url": xml_url(note),
            "self_billed": invoice.self_billed,
            "items": [_item(item, note) for item in sorted(note.items.all(), key=lambda row: row.pk)],
            "applied_taxes": [_tax(row, note) for row in sorted(note.taxes.all(), key=lambda row: row.pk)],
            **_facts(note),
        }


class WholeCreditNoteOutput(CreditNoteOutput):
    """A credit note with its customer."""

    def to_representation(self, note: CreditNote) -> WholeCreditNote:
        """Return the note with all keys of Lago's."""
        customer = CustomerOutput(note.customer).data
        return {**super().to_representation(note), "customer": customer, "error_details": []}


def estimated(estimate: Estimate) -> EstimatedNote:
    """Return an estimate with all keys of Lago's; its taxes are what the total leaves beside the rounded net."""
    invoice, sums = estimate.invoice, estimate.sums
    return {
        "lago_invoice_id": invoice.lago_id,
        "invoice_number": invoice.number,
        "currency": invoice.currency,
        "taxes_amount_cents": sums.estimated_cents - sums.sub_total_cents,
        "precise_taxes_amount_cents": formats.decimal_string(sums.taxes_cents),
        "sub_total_excluding_taxes_amount_cents": sums.sub_total_cents,
        "max_creditable_amount_cents": estimate.max_creditable_cents,
        "max_refundable_amount_cents": estimate.max_refundable_cents,
        "max_offsettable_amount_cents": estimate.max_offsettable_cents,
        "coupons_adjustment_amount_cents": money.round_half_up(sums.coupons_cents),
        "precise_coupons_adjustment_amount_cents": formats.decimal_string(sums.coupons_cents),
        "taxes_rate": Decimal(money.plain(sums.rate)),
        "items": [{"lago_fee_id": fee, "amount_cents": cents} for fee, cents in estimate.items],
        "applied_taxes": [
            {
                "lago_tax_id": None,
                "tax_name": row.tax.name,
                "tax_code": row.tax.code,
                "tax_rate": Decimal(money.plain(row.tax.rate)),
                "tax_description": None,
                "base_amount_cents": row.base_cents,
                "amount_cents": row.amount_cents,
                "amount_currency": invoice.currency,
            }
            for row in sums.rows
        ],
    }


def _facts(note: CreditNote) -> FactsKey:
    return {} if note.metadata is None else {"metadata": note.metadata}


def _note_amounts(note: CreditNote) -> NoteAmounts:
    precise_total = note.precise_sub_total_amount_cents + note.precise_taxes_amount_cents
    return {
        "total_amount_cents": note.total_amount_cents,
        "precise_total_amount_cents": formats.decimal_string(precise_total),
        "taxes_amount_cents": note.taxes_amount_cents,
        "precise_taxes_amount_cents": formats.decimal_string(note.precise_taxes_amount_cents),
        "sub_total_excluding_taxes_amount_cents": note.sub_total_excluding_taxes_amount_cents,
        "balance_amount_cents": note.balance_amount_cents,
        "credit_amount_cents": note.credit_amount_cents,
        "refund_amount_cents": note.refund_amount_cents,
        "offset_amount_cents": note.offset_amount_cents,
        "coupons_adjustment_amount_cents": money.round_half_up(note.precise_coupons_adjustment_amount_cents),
        "taxes_rate": Decimal(money.plain(note.taxes_rate)),
    }


def _item(item: Any, note: CreditNote) -> NoteItem:
    return {
        "lago_id": item.lago_id,
        "amount_cents": item.amount_cents,
        "precise_amount_cents": formats.decimal_string(item.precise_amount_cents),
        "amount_currency": note.currency,
        "fee": FeeOutput(item.fee).data,
    }


def _tax(row: CreditNoteTax, note: CreditNote) -> NoteTax:
    return {
        "lago_id": row.lago_id,
        "lago_credit_note_id": note.lago_id,
        "lago_tax_id": row.tax.lago_id if row.tax else None,
        "tax_name": row.name,
        "tax_code": row.code,
        "tax_rate": Decimal(money.plain(row.rate)),
        "tax_description": row.description or None,
        "base_amount_cents": row.base_amount_cents,
        "amount_cents": row.amount_cents,
        "amount_currency": note.currency,
        "created_at": formats.instant(row.created_at),
    }
