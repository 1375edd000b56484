"""What staff do with documents: look at them, and mail an invoice again."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_email
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from billing_site.core import files
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin
from billing_site.core.admin.forms import ActionForm, text
from billing_site.core.errors import BillingError
from invoicing.models import Invoice
from invoicing.services import documents, mailing


class DocumentPages(StaffAdmin):
    """The page of an invoice or credit note with its PDF and its e-invoice."""

    @property
    def pdf_name(self) -> str:
        """The name of the PDF's address."""
        return f"{self.opts.app_label}_{self.opts.model_name}_pdf"

    @property
    def xml_name(self) -> str:
        """The name of the e-invoice's address."""
        return f"{self.opts.app_label}_{self.opts.model_name}_xml"

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the PDF and the e-invoice."""
        return [
            path("<int:pk>/pdf/", self.admin_site.admin_view(self.pdf), name=self.pdf_name),
            path("<int:pk>/xml/", self.admin_site.admin_view(self.xml), name=self.xml_name),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, obj: models.Model, now: datetime) -> list[dict[str, str]]:
        """Return the actions, the way to the PDF, and where e-invoices are issued that to the e-invoice."""
        address = reverse(f"admin:{self.pdf_name}", args=[obj.pk])
        found = [
            *super().buttons(request, obj, now),
            {"title": "Open PDF", "icon": "picture_as_pdf", "address": address, "obstacle": ""},
        ]
        obstacle = documents.xml_obstacle(cast(documents.Printed, obj))
        if obstacle is not None:
            address = reverse(f"admin:{self.xml_name}", args=[obj.pk])
            found.append({"title": "Save e-invoice", "icon": "code", "address": address, "obstacle": obstacle})
        return found

    def xml(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Save the stored e-invoice, made if need be; where that cannot be, go back and say why."""
        owner = self._seen(request, pk)
        try:
            document = documents.provide_xml(owner, now=timezone.now())
        except BillingError as refused:
            self.message_user(request, refused.message, messages.ERROR)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", pk)
        return files.stored(document.path, name=documents.filename(owner, "xml"), content_type=documents.XML)

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show the stored PDF, made if need be; a draft is shown as it is now and stored nowhere."""
        owner = self._seen(request, pk)
        if isinstance(owner, Invoice) and owner.status not in documents.FINAL:
            return files.answer(io.BytesIO(documents.preview(owner)), name="draft.pdf", content_type=documents.PDF)
        document = documents.provide_any(owner, now=timezone.now())
        return files.stored(document.path, name=documents.filename(owner), content_type=documents.PDF)

    def _seen(self, request: HttpRequest, pk: int) -> documents.Printed:
        owner: documents.Printed = get_object_or_404(self.model, pk=pk)
        if not self.has_view_permission(request, owner):
            raise PermissionDenied
        return owner


class AddressesForm(ActionForm):
    to = text("Send to", max_length=1000, help_text="Several addresses are parted by commas.")

    def clean_to(self) -> list[str]:
        """Return the addresses; each must be one."""
        addresses = [address.strip() for address in self.cleaned_data["to"].split(",") if address.strip()]
        for address in addresses:
            validate_email(address)
        return addresses


@staff_action
class MailAgain(StaffAction):
    slug, title, icon, confirm = "mail-again", "Mail again", "forward_to_inbox", "Send"
    subject, form = Invoice, AddressesForm
    permission, activity_type = "core.serve_customers", "invoice.mailed_again"
    reasons = ("They did not get it", "It went to the wrong address")

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        return (
            "" if subject.status in documents.FINAL else "A draft has no document yet: it is mailed once it is final."
        )

    def initial(self, subject: Invoice, *, now: datetime) -> dict[str, Any]:
        return {"to": subject.customer.email}

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return mailing.resend(subject, now=now, to=answers["to"], reason=reason)

    def result(self, subject: Invoice) -> str:
        return f"Invoice {subject} is on its way."
