"""
Which addresses may be called: the public ones, and those of networks that a setting names (reliability L33).

A name is never judged by its looks alone, only by the addresses it resolves to at the moment of the call. What is
checked when an endpoint is made spares people a mistake; what is checked at the call keeps the inside safe.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PUBLIC_PORTS = {"https": (443, 8443), "http": ()}
DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST = 2048
# Where IPv6 addresses of the internet are; all else (mapped, NAT64, local, link, multicast) leads inside or nowhere.
_GLOBAL_V6 = IPv6Network("2000::/3")
# Those within it that carry an IPv4 address: Teredo and 6to4.
_CARRYING_V6 = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
_INSIDE_NAMES = re.compile(r"(^|\.)(localhost|local|localdomain|internal|intranet|lan|home\.arpa)\.?$", re.IGNORECASE)
_HOST = re.compile(
    r"(?=.{1,253}\.?$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$"
)
# What the C library's inet_aton takes for a part of an IPv4 address; a name that ends in one is none.
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)


class Refused(ValueError):
    """This address is not called; the message says why, for staff."""


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """
    Return the networks that a setting names.

    :raises ValueError: if one is no network
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


def check(address: Address, port: int, scheme: str, allowed: Sequence[Network]) -> None:
    """
    Return if this address may be called.

    :raises Refused: if it is inside, or public but by plain HTTP or at an unusual port
    """
    plain = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    if any(plain in network for network in allowed if network.version == plain.version):
        return
    if plain is not address or not _is_public(plain):
        raise Refused(f"{address} is not a public address")
    if port not in PUBLIC_PORTS[scheme]:
        raise Refused(f"only https at port 443 or 8443 is called, not {scheme} at {port}")


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and (
        address not in _GLOBAL_V6 or any(address in network for network in _CARRYING_V6)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def parts(url: str) -> SplitResult:
    """
    Return the parts of an address that can be called at all: http or https, a host, no user, nothing hidden.

    :raises Refused: otherwise
    """
    if len(url) > LONGEST or any(ord(character) <= 32 or ord(character) == 127 for character in url) or "\\" in url:
        raise Refused("this is not an address")
    try:
        found = urlsplit(url)
        port, host = found.port, found.hostname or ""
    except ValueError as error:
        raise Refused("this is not an address") from error
    if found.scheme not in DEFAULT_PORTS or not host or port == 0:
        raise Refused("only http and https are called")
    if "@" in found.netloc or found.netloc.endswith(":"):
        raise Refused("a user name does not belong into the address")
    if not (found.netloc.startswith("[") or _HOST.match(ascii_host(host))):
        raise Refused("this is not the name of a host")
    return found


def ascii_host(host: str) -> str:
    """
    Return a host's name as DNS knows it.

    :raises Refused: if it cannot be written so
    """
    try:
        return host.encode("idna").decode().lower() if not host.isascii() else host.lower()
    except UnicodeError as error:
        raise Refused("this is not the name of a host") from error


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """
    Return if a new endpoint may have this address, as far as can be told without asking DNS.

    :raises Refused: if it cannot be called, or names an inside address outright
    """
    found = parts(url)
    host, port = ascii_host(found.hostname or ""), found.port or DEFAULT_PORTS[found.scheme]
    literal = _literal(host)
    if literal is not None:
        check(literal, port, found.scheme, allowed)
    elif not allowed:  # else what is inside is known only when the name is resolved
        if "." not in host.strip(".") or _INSIDE_NAMES.search(host):
            raise Refused(f"{host} is a name of the inside")
        if port not in PUBLIC_PORTS[found.scheme]:
            raise Refused("only https at port 443 or 8443 is called")


def _literal(host: str) -> Address | None:
    """Return the address that a host's text stands for, in whatever way; None for a name."""
    try:
        return ip_address(host.partition("%")[0].rstrip("."))
    except ValueError:
        labels = host.rstrip(".").split(".")
        return _from_numbers(labels) if _NUMBER.fullmatch(labels[-1]) else None


def _from_numbers(texts: Sequence[str]) -> IPv4Address:
    """Return the address as inet_aton reads it: the last number fills what the ones before it leave."""
    try:
        *octets, last = [_number(text) for text in texts]
        if len(octets) > 3 or any(value > 255 for value in octets) or last >= 256 ** (4 - len(octets)):
            raise ValueError(texts)
        return IPv4Address(last + sum(value << (8 * (3 - place)) for place, value in enumerate(octets)))
    except ValueError as error:
        raise Refused("this is not the name of a host") from error


def _number(text: str) -> int:
    if text.lower().startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)
