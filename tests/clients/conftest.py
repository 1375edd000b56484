import shutil
import subprocess

import pytest

from tests.api.conftest import fingerprint, world  # noqa: F401 - fixtures
from tests.clients import calls
from tests.databases import KEY
from tests.live import serving


@pytest.fixture(scope="module")
def address(world):  # noqa: F811
    """The site, on the connection of the test: what a client does is rolled back after each test."""
    with serving(shares_connection=True) as found:
        yield found


@pytest.fixture(scope="session")
def packages():
    """The JavaScript client as its lock file names it, installed if it is not there yet."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing")
    if not (calls.JAVASCRIPT / "node_modules" / "lago-javascript-client").exists():
        command = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=calls.JAVASCRIPT, check=True, timeout=120)


@pytest.fixture(scope="module")
def javascript(address, packages):
    with calls.javascript(address, KEY) as client:
        yield client
