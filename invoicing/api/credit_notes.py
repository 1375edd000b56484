"""Credit notes over the API."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.shapes import GivenFacts, KeptFacts
from billing_site.core.api.views import ApiView
from customers.models import Customer
from invoicing.api.credit_note_serializers import (
    CreditNoteInput,
    CreditNoteOutput,
    CreditNoteUpdate,
    EstimateInput,
    MetadataField,
    WholeCreditNoteOutput,
    estimated,
)
from invoicing.api.fees import fee_rows
from invoicing.api.shapes import EstimatedCreditNote
from invoicing.api.views import VISIBLE
from invoicing.calculations.credit_notes import Shares
from invoicing.models import CreditNote, CreditNoteItem, Invoice
from invoicing.services import documents
from invoicing.services.credit_notes import changes, creation

TYPES = {"credit": "credit_amount_cents", "refund": "refund_amount_cents", "offset": "offset_amount_cents"}


def credit_note_rows() -> "QuerySet[Any]":
    """Return all notes, newest first, with what is shown of them."""
    rows = CreditNote.objects.select_related("invoice__billing_entity", "customer__billing_entity")
    items = Prefetch("items", CreditNoteItem.objects.prefetch_related(Prefetch("fee", fee_rows())))
    related = (
        items,
        "taxes__tax",
        "customer__taxes__billing_entities",
        "customer__metadata",
        "documents",
        "xml_documents",
    )
    found: QuerySet[Any] = rows.prefetch_related(*related).order_by("-created_at", "-id")
    return found


class CreditNoteFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    issuing_date_from = django_filters.DateFilter(field_name="issuing_date", lookup_expr="gte")
    issuing_date_to = django_filters.DateFilter(field_name="issuing_date", lookup_expr="lte")
    amount_from = django_filters.NumberFilter(field_name="total_amount_cents", lookup_expr="gte")
    amount_to = django_filters.NumberFilter(field_name="total_amount_cents", lookup_expr="lte")
    currency = django_filters.CharFilter()
    reason = django_filters.MultipleChoiceFilter(choices=CreditNote.Reason.choices)
    credit_status = django_filters.MultipleChoiceFilter(choices=CreditNote.CreditStatus.choices)
    refund_status = django_filters.MultipleChoiceFilter(choices=CreditNote.RefundStatus.choices)
    types = django_filters.MultipleChoiceFilter(choices=[(name, name) for name in TYPES], method="of_types")
    invoice_number = django_filters.CharFilter(field_name="invoice__number")
    self_billed = django_filters.BooleanFilter(field_name="invoice__self_billed")
    purchase_order_number = django_filters.CharFilter(field_name="invoice__purchase_order_number")
    search_term = django_filters.CharFilter(method="search")

    class Meta:
        model = CreditNote
        fields: list[str] = []

    def of_types(self, queryset: "QuerySet[Any]", name: str, value: list[str]) -> "QuerySet[Any]":
        """Return those whose money goes one of these ways."""
        wanted = Q()
        for item in value:
            wanted |= Q(**{f"{TYPES[item]}__gt": 0})
        return queryset.filter(wanted)

    def search(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Return those whose number, or whose customer's id or name, begins with the term."""
        customer = Q(customer__external_id__istartswith=value) | Q(customer__name__istartswith=value)
        return queryset.filter(Q(number__istartswith=value) | customer)


class CreditNotesView(ApiView):
    resource, plural = "credit_note", "credit_notes"

    @extend_schema(responses=CreditNoteOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(CreditNoteFilter, credit_note_rows()), CreditNoteOutput)

    @extend_schema(request=CreditNoteInput, responses=WholeCreditNoteOutput)
    def post(self, request: Request) -> Response:
        given = self.read(CreditNoteInput)
        invoice = self.found(Invoice.objects.filter(status__in=VISIBLE), "invoice", lago_id=given["invoice_id"])
        terms = {
            "reason": given.get("reason") or CreditNote.Reason.OTHER,
            "description": given.get("description") or "",
            "metadata": given.get("metadata"),
        }
        changes.check_metadata(given.get("metadata") or {})
        note = creation.create(invoice, items=_items(given), shares=_shares(given), now=timezone.now(), terms=terms)
        return self.answer(credit_note_rows().get(pk=note.pk), WholeCreditNoteOutput)


class EstimateCreditNoteView(ApiView):
    resource = "credit_note"

    @extend_schema(request=EstimateInput, responses=EstimatedCreditNote)
    def post(self, request: Request) -> Response:
        given = self.read(EstimateInput)
        invoice = self.found(Invoice.objects.filter(status__in=VISIBLE), "invoice", lago_id=given["invoice_id"])
        return Response({"estimated_credit_note": estimated(creation.estimate(invoice, _items(given)))})


class CustomerCreditNotesView(ApiView):
    resource, plural = "credit_note", "credit_notes"

    @extend_schema(responses=CreditNoteOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        rows = self.filtered(CreditNoteFilter, credit_note_rows().filter(customer=customer))
        return self.listing(rows, CreditNoteOutput)


class OneNoteView(ApiView):
    """The base of what is done with one note."""

    resource = "credit_note"

    def note(self, lago_id: Any) -> CreditNote:
        """Return the note."""
        found: CreditNote = self.found(credit_note_rows(), lago_id=lago_id)
        return found

    def shown(self, note: CreditNote) -> Response:
        """Answer the note as it is now."""
        return self.answer(credit_note_rows().get(pk=note.pk), WholeCreditNoteOutput)


class CreditNoteView(OneNoteView):
    @extend_schema(responses=WholeCreditNoteOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.shown(self.note(lago_id))

    @extend_schema(request=CreditNoteUpdate, responses=WholeCreditNoteOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        note, given, now = self.note(lago_id), self.read(CreditNoteUpdate), timezone.now()
        if given.get("metadata") is not None:
            note = changes.keep_metadata(note, given["metadata"], now=now, merge=True)
        if "refund_status" in given:
            note = changes.set_refund_status(note, status=given["refund_status"], now=now)
        return self.shown(note)


class VoidCreditNoteView(OneNoteView):
    @extend_schema(request=None, responses=WholeCreditNoteOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        return self.shown(changes.void(self.note(lago_id), now=timezone.now()))


class DownloadCreditNoteView(OneNoteView):
    """Makes the PDF if need be; its address is the answer's `file_url`."""

    @extend_schema(request=None, responses=WholeCreditNoteOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        note = self.note(lago_id)
        documents.provide_note(note, now=timezone.now())
        return self.shown(note)


class DownloadCreditNoteXmlView(OneNoteView):
    """Makes the e-invoice if need be; its address is the answer's `xml_url`."""

    @extend_schema(request=None, responses=WholeCreditNoteOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        note = self.note(lago_id)
        documents.provide_xml(note, now=timezone.now())
        return self.shown(note)


class CreditNoteMetadataView(OneNoteView):
    @extend_schema(request=GivenFacts, responses=KeptFacts)
    def post(self, request: Request, lago_id: Any) -> Response:
        return self._kept(lago_id, merge=False)

    @extend_schema(request=GivenFacts, responses=KeptFacts)
    def patch(self, request: Request, lago_id: Any) -> Response:
        return self._kept(lago_id, merge=True)

    @extend_schema(responses=KeptFacts)
    def delete(self, request: Request, lago_id: Any) -> Response:
        return _metadata(changes.forget_metadata(self.note(lago_id), now=timezone.now()))

    def _kept(self, lago_id: Any, *, merge: bool) -> Response:
        field = MetadataField()
        given = field.run_validation(self.payload("metadata"))
        return _metadata(changes.keep_metadata(self.note(lago_id), given, now=timezone.now(), merge=merge))


class CreditNoteMetadataKeyView(OneNoteView):
    @extend_schema(responses=KeptFacts)
    def delete(self, request: Request, lago_id: Any, key: str) -> Response:
        return _metadata(changes.forget_metadata(self.note(lago_id), now=timezone.now(), key=key))


def _metadata(note: CreditNote) -> Response:
    return Response({"metadata": note.metadata})


def _items(given: Mapping[str, Any]) -> list[tuple[Any, int]]:
    return [(item["fee_id"], item["amount_cents"]) for item in given["items"]]


def _shares(given: Mapping[str, Any]) -> Shares:
    return Shares(*(given.get(TYPES[name]) or 0 for name in ("credit", "refund", "offset")))
