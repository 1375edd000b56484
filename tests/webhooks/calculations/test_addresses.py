from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.providers.vectors import CALLED, INSIDE, NOT_ADDRESSES, UNUSUAL
from webhooks.calculations import addresses


@pytest.mark.parametrize("url", [*INSIDE, *UNUSUAL, *NOT_ADDRESSES], ids=repr)
def test_an_endpoint_does_not_get_such_an_address(url):
    with pytest.raises(addresses.Refused):
        addresses.check_url(url.replace("PORT", "8443"), ())


@pytest.mark.parametrize("url", CALLED)
def test_an_endpoint_may_have_such_an_address(url):
    addresses.check_url(url, ())


def test_there_are_more_than_sixty_vectors():
    assert len({*INSIDE, *UNUSUAL, *NOT_ADDRESSES}) > 100


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000/x", "http://backend:3000/x", "http://10.1.2.3/x"])
def test_a_network_that_is_allowed_is_called_as_it_likes(url):
    addresses.check_url(url, addresses.networks(["127.0.0.0/8", "10.1.0.0/16"]))


@pytest.mark.parametrize("url", ["http://10.2.0.1/", "https://192.168.0.1/", "http://[::1]/"])
def test_to_allow_one_network_allows_no_other(url):
    with pytest.raises(addresses.Refused):
        addresses.check_url(url, addresses.networks(["127.0.0.0/8", "10.1.0.0/16"]))


@given(st.ip_addresses(v=4))
def test_an_address_is_called_by_its_number_however_it_is_written(address):
    number, octets = int(address), address.packed
    ways = [
        str(address),
        str(number),
        hex(number),
        ".".join(map(hex, octets)),
        ".".join(f"0{value:o}" for value in octets),
    ]

    judged = {_is_refused(f"https://{way}/") for way in ways}

    assert judged == {_is_refused(f"https://{address}/")}


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_never_called(address):
    for carried in (f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}"):
        with pytest.raises(addresses.Refused):
            addresses.check(ip_address(carried), 443, "https", ())


def _is_refused(url):
    try:
        addresses.check_url(url, ())
    except addresses.Refused:
        return True
    return False
