"""A PDF that carries an e-invoice is what PDF/A-3b and Factur-X ask for, as far as can be seen from the file."""

import io
from xml.etree import ElementTree

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from invoicing.documents import context, einvoices, pdf
from invoicing.selectors import documents
from tests.invoicing.documents.invoices import NOW, make_invoice

pytestmark = pytest.mark.django_db
FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
PDFAID = "http://www.aiim.org/pdfa/ns/id/"


def hybrid_of(invoice):
    invoice = documents.whole(invoice.pk)
    einvoice = einvoices.written(einvoices.trade_of(invoice))
    return PdfReader(io.BytesIO(pdf.render(context.invoice_page(invoice), cii=einvoice.cii, now=NOW)))


def objects_of(reader):
    """Return every dictionary and stream of the file."""
    found = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    return [item for item in found if isinstance(item, DictionaryObject)]


def logo(mode, kind):
    file = io.BytesIO()
    Image.new(mode, (40, 20), 0).save(file, kind)
    return default_storage.save(f"logos/logo.{kind}", ContentFile(file.getvalue()))


@pytest.fixture
def reader():
    return hybrid_of(make_invoice([{"name": "Alles «über» 株式会社 חברת"}], seller={"logo": logo("RGBA", "png")}))


def test_it_says_what_it_is_and_which_profile_it_carries(reader):
    metadata = ElementTree.fromstring(reader.trailer["/Root"]["/Metadata"].get_object().get_data())

    assert len(metadata.findall("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF")) == 1
    [said] = [row for row in metadata.iter() if f"{{{PDFAID}}}part" in row.attrib]
    assert (said.get(f"{{{PDFAID}}}part"), said.get(f"{{{PDFAID}}}conformance")) == ("3", "B")
    said = [row for row in metadata.iter() if row.tag.startswith(f"{{{FX}}}")]
    profile = {row.tag.removeprefix(f"{{{FX}}}"): row.text for row in said}
    assert profile == {
        "DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0", "ConformanceLevel": "EN 16931",
    }  # fmt: skip
    described = {row.text for row in metadata.iter("{http://www.aiim.org/pdfa/ns/property#}name")}
    assert described == set(profile)


def test_the_xml_is_an_alternative_named_once(reader):
    [file] = [item.get_object() for item in reader.trailer["/Root"]["/AF"]]
    names = reader.trailer["/Root"]["/Names"]["/EmbeddedFiles"]["/Names"]

    assert (file["/F"], file["/UF"], file["/AFRelationship"]) == ("factur-x.xml", "factur-x.xml", "/Alternative")
    assert (names[0], names[1].get_object()) == ("factur-x.xml", file)
    stream = file["/EF"]["/F"]
    assert stream["/Subtype"] in ("/text/xml", "/application/xml")
    assert stream["/Params"]["/ModDate"] == "D:20240401030000Z"
    assert stream.get_data().startswith(b"<?xml")


def test_it_has_nothing_that_an_archive_forbids(reader):
    root = reader.trailer["/Root"]
    found = objects_of(reader)

    assert not reader.is_encrypted
    assert len(reader.trailer["/ID"]) == 2
    [intent] = root["/OutputIntents"]
    assert (intent["/S"], intent["/DestOutputProfile"]["/N"]) == ("/GTS_PDFA1", 3)
    for key in ("/AA", "/OpenAction", "/AcroForm", "/JavaScript"):
        assert key not in root
    assert [item for item in found if item.get("/S") in ("/JavaScript", "/Launch", "/URI")] == []
    assert [item for item in found if item.get("/Filter") in ("/LZWDecode", "/Crypt")] == []
    images = [item for item in found if item.get("/Subtype") == "/Image"]
    assert images
    assert [item for item in images if item.get("/Interpolate") is True or item.get("/Interpolate") == "true"] == []
    assert {str(item["/ColorSpace"]) for item in images} <= {"/DeviceRGB", "/DeviceGray"}


def test_every_font_is_within_the_file(reader):
    fonts = [item for item in objects_of(reader) if item.get("/Type") == "/FontDescriptor"]

    assert len(fonts) >= 3
    assert [font for font in fonts if not {"/FontFile2", "/FontFile3"} & set(font)] == []
    streams = [font.get("/FontFile2", font.get("/FontFile3")).get_object() for font in fonts]
    assert all(isinstance(stream, StreamObject) for stream in streams)
    mapped = [item for item in objects_of(reader) if item.get("/Type") == "/Font" and "/ToUnicode" not in item]
    assert {font["/Subtype"] for font in mapped} <= {"/CIDFontType0", "/CIDFontType2"}


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "jpeg"), ("L", "png"), ("RGB", "jpeg")])
def test_a_logo_of_other_colours_is_shown_in_those_of_the_file(mode, kind):
    reader = hybrid_of(make_invoice([{}], seller={"logo": logo(mode, kind)}))

    [image] = [item for item in objects_of(reader) if item.get("/Subtype") == "/Image"]
    assert image["/ColorSpace"] in ("/DeviceRGB", "/DeviceGray")
