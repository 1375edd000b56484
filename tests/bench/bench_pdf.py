"""An invoice as a PDF, from its row to the bytes, beside WeasyPrint's layout of the same page alone; CPU time."""

import statistics
import time
from collections.abc import Callable

from invoicing.documents import context, pdf
from invoicing.selectors import documents
from tests.bench.report import Report
from tests.invoicing.documents.invoices import make_invoice

LINES = 12
ROUNDS = 25


def run(report: Report) -> None:
    """Measure in turn, so that both see the same machine."""
    pk = make_invoice([{"name": f"Service {number}", "units": str(number + 1)} for number in range(LINES)]).pk
    html = pdf.html_of(context.invoice_page(documents.whole(pk)))
    assert len(pdf.lay_out(html).pages) == 1
    whole, layout = [], []
    for _ in range(ROUNDS):
        whole.append(_milliseconds(lambda: pdf.render(context.invoice_page(documents.whole(pk)))))
        layout.append(_milliseconds(lambda: pdf.lay_out(html)))
    # The first ones warm up what a worker has warm.
    figure, floor = statistics.median(whole[3:]), statistics.median(layout[3:])
    report.add(f"PDF of a page with {LINES} lines / its layout alone", figure, "ms", floor=floor, ratio_at_most=1.5)


def _milliseconds(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return (time.process_time() - start) * 1000
