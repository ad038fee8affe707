"""Which addresses lie on the open internet, and which host names never do."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Names of this machine, of its own network and of nothing else (RFC 6761, 6762, 8375, 9476).
CLOSED_NAMES = ("localhost", "localdomain", "local", "internal", "home.arpa")
# Ranges that Python calls global although they lead back to an IPv4 address or to nobody.
_CLOSED_RANGES = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b::/96",  # NAT64: 64:ff9b::127.0.0.1
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4: 2002:7f00:1::
        "2001::/32",  # Teredo
        "::/96",  # the old way to write an IPv4 address as IPv6
        "fec0::/10",  # site-local
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is one host on the open internet; False for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if not found.is_global or found.is_multicast:
        return False
    return not any(found in closed for closed in _CLOSED_RANGES)


def literal(host: str) -> str | None:
    """The address that a host spells out, in any form that resolvers take; None for a name.

    127.1, 0x7f000001, 017700000001 and 2130706433 are all 127.0.0.1.
    """
    try:
        return str(IPv6Address(host))
    except ValueError:
        pass
    try:
        return str(IPv4Address(socket.inet_aton(host.rstrip("."))))
    except OSError:
        return None


def never_public(host: str) -> bool:
    """Whether a host can be told to be private without asking the DNS."""
    spelled = literal(host)
    if spelled is not None:
        return not is_public(spelled)
    name = host.rstrip(".").lower()
    return "." not in name or any(name.endswith("." + closed) for closed in CLOSED_NAMES)
