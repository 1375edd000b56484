"""Every kind of page: nothing sticks out at a desk or on a telephone, and nobody is shut out (axe-core)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import kinds
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

WEIGHTY = ("moderate", "serious", "critical")


@pytest.fixture(scope="module")
def furnished(site):
    """The site with something to show of every kind."""
    kinds.furnish()
    return site


def is_wide(person):
    return person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def findings(person):
    """Return what axe-core finds in the page, each with the first places that it names."""
    found = Axe().run(person.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']} {[node['html'][:300] for node in rule['nodes'][:3]]}"
        for rule in found
        if rule["impact"] in WEIGHTY
    ]


def test_no_page_scrolls_sideways_or_shuts_anybody_out(furnished, person):
    wide, shut = [], {}
    for name, path in kinds.pages():
        person.open(path)
        if found := findings(person):
            shut[name] = found
        for width in (DESK, PHONE):
            person.page.set_viewport_size({"width": width, "height": 900})
            if is_wide(person):
                wide.append(f"{name} at {width}")
            person.picture(name)

    assert wide == []
    assert shut == {}
