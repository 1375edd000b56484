"""One stored document, however many ask for it at once."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from invoicing.models import Invoice, InvoiceDocument
from invoicing.services import documents
from tests.databases import fresh
from tests.invoicing.documents.invoices import NOW, make_invoice


@pytest.mark.usefixtures("django_db_blocker_lifted")
def test_two_who_render_at_once_get_the_same_stored_document():
    barrier = threading.Barrier(2)
    found = []

    def ask(invoice):
        barrier.wait(timeout=30)
        try:
            found.append(documents.provide(invoice, now=NOW))
        finally:
            connection.close()

    with fresh():
        invoice = make_invoice([{}])
        threads = [threading.Thread(target=ask, args=(invoice,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 2
        assert {document.pk for document in found} == {InvoiceDocument.objects.get().pk}
        folder = f"invoices/{NOW:%Y/%m}"
        kept = [name for name in default_storage.listdir(folder)[1] if str(invoice.lago_id) in name]
        assert [f"{folder}/{name}" for name in kept] == [found[0].path]


@pytest.mark.django_db
def test_a_voided_invoice_gets_a_second_version_beside_the_first():
    invoice = make_invoice([{}])
    first = documents.provide(invoice, now=NOW)

    Invoice.objects.filter(pk=invoice.pk).update(status="voided", voided_at=NOW + timedelta(days=1))
    second = documents.provide(invoice, now=NOW + timedelta(days=2))

    assert documents.provide(invoice, now=NOW + timedelta(days=3)) == second
    assert (first.version, second.version) == (1, 2)
    assert first.sha256 != second.sha256
    assert default_storage.exists(first.path)
