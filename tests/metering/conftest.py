import pytest

from metering.services import streams


@pytest.fixture(autouse=True)
def _no_streams_are_remembered():
    """A test's rows are rolled back; what the process remembers of them must go too."""
    streams.forget()
    yield
    streams.forget()
