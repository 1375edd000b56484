"""
From a page in words to a PDF, by WeasyPrint.

Nothing is fetched from anywhere: stylesheet and fonts are the project's own files, the logo a stored file; whatever
else a text might name is refused.
"""

import io
import logging
import threading
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import weasyprint
from django.conf import settings
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from PIL import Image
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from invoicing.documents.context import InvoicePage
from invoicing.documents.receipts import ReceiptPage

log = logging.getLogger(__name__)

FONTS: Path = settings.BASE_DIR / "static" / "fonts"
STYLESHEET: Path = settings.BASE_DIR / "templates" / "invoices" / "invoice.css"
# What Factur-X 1.0 adds to the metadata: its own words, and (as PDF/A asks) what they mean.
FACTUR_X: Path = settings.BASE_DIR / "templates" / "invoices" / "factur-x.xmp"
XML_NAME = "factur-x.xml"
LOGO_URL = "logo:stored"
JPEG = b"\xff\xd8"


class OwnFiles(URLFetcher):
    """Serves the packaged fonts as `font:NAME` and one logo; everything else is refused."""

    def __init__(self, logo: str = "") -> None:
        super().__init__()
        self._logo = logo

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """
        Return the file of one of our own addresses.

        :raises ValueError: if the address is none of these; WeasyPrint goes on without it
        """
        kind, _, name = url.partition(":")
        if kind == "font" and name in {path.name for path in FONTS.glob("*.ttf")}:
            return URLFetcherResponse(url, (FONTS / name).read_bytes(), {"Content-Type": "font/ttf"})
        if url == LOGO_URL and self._logo:
            with default_storage.open(self._logo) as file:
                return URLFetcherResponse(url, _for_screens(file.read()))
        raise ValueError("Documents fetch nothing.")


def _for_screens(image: bytes) -> bytes:
    """Return a photograph made for printing in the colours of screens, which a PDF/A has to keep to; others as is."""
    if not image.startswith(JPEG):
        return image
    with Image.open(io.BytesIO(image)) as found:
        if found.mode != "CMYK":
            return image
        file = io.BytesIO()
        found.convert("RGB").save(file, "jpeg", quality=95)
        return file.getvalue()


class _Press:
    """
    Fonts and stylesheet, read once for each process.

    Fontconfig and Pango are not made for two threads at one configuration, so pages are laid out one at a time; other
    processes go on.
    """

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.fonts = FontConfiguration()
        self.stylesheet = weasyprint.CSS(
            string=STYLESHEET.read_text(encoding="utf-8"), font_config=self.fonts, url_fetcher=OwnFiles()
        )


_making = threading.Lock()
_presses: list[_Press] = []


def _press() -> _Press:
    with _making:
        if not _presses:
            _presses.append(_Press())
    return _presses[0]


def html_of(page: InvoicePage) -> str:
    """Return the page as HTML, every text escaped."""
    return render_to_string(page.template, {"page": page, "logo_url": LOGO_URL})


def lay_out(html: str, *, logo: str = "") -> weasyprint.Document:
    """Return the pages of a document; `logo` is the name of a stored image."""
    press = _press()
    with press.guard:
        source = weasyprint.HTML(string=html, url_fetcher=OwnFiles(logo))
        return source.render(stylesheets=[press.stylesheet], font_config=press.fonts)


def render(page: InvoicePage, *, cii: bytes | None = None, now: datetime | None = None) -> bytes:
    """Return the PDF of an invoice or credit note: with its e-invoice (CII) a PDF/A-3b that carries it, made `now`."""
    document = lay_out(html_of(page), logo=page.logo)
    return _written(document) if cii is None or now is None else _hybrid(document, cii, now)


def render_receipt(page: ReceiptPage) -> bytes:
    """Return the PDF of a receipt."""
    html = render_to_string("receipts/receipt.html", {"page": page, "logo_url": LOGO_URL})
    return _written(lay_out(html, logo=page.logo))


def _written(document: weasyprint.Document, **options: Any) -> bytes:
    with _press().guard:
        pdf: bytes = document.write_pdf(**options)
    return pdf


def _hybrid(document: weasyprint.Document, cii: bytes, now: datetime) -> bytes:
    """Write a PDF/A-3b with the XML as an alternative to what is printed (Factur-X 1.0, ZUGFeRD 2)."""
    xml = weasyprint.Attachment(
        file_obj=io.BytesIO(cii), name=XML_NAME, description="E-invoice", created=now, modified=now,
        relationship="Alternative",
    )  # fmt: skip
    metadata = document.metadata
    described = metadata.generate_rdf_metadata
    metadata.generate_rdf_metadata = lambda *args: described(*args).replace(
        b"</rdf:RDF>", _factur_x_metadata() + b"</rdf:RDF>"
    )
    return _written(document, pdf_variant="pdf/a-3b", attachments=[xml], finisher=_name_once)


@cache
def _factur_x_metadata() -> bytes:
    return FACTUR_X.read_bytes()


def _name_once(document: weasyprint.Document, pdf: Any) -> None:
    """Name the XML once among the associated files: WeasyPrint finds it both as an attachment and as a file."""
    files = list(dict.fromkeys(pdf.catalog["AF"]))
    pdf.catalog["AF"].clear()
    pdf.catalog["AF"].extend(files)
