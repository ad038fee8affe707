"""Which addresses a webhook may be sent to, and which hosts are refused without asking the DNS."""

import pytest

from app.contracts.addresses import is_public, literal, never_public

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254",  # noqa: S104
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd12::1",
    "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001::8a"]
SPELLINGS = {
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "0177.0.0.1": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "127.0.0.1.": "127.0.0.1",
    "0": "0.0.0.0",  # noqa: S104
    "0xa9fea9fe": "169.254.169.254",
    "2852039166": "169.254.169.254",
    "134744072": "8.8.8.8",
    "::1": "::1",
}


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_one_host_on_the_open_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_on_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "example.org", "1.2.3", "::g", "127.0.0.1 "])
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize(("host", "address"), SPELLINGS.items())
def test_every_spelling_of_an_address_is_read_as_resolvers_read_it(host: str, address: str) -> None:
    assert literal(host) == address


@pytest.mark.parametrize("host", ["example.org", "1.2.3.4.5", "0x7g.1", "a.127.1", ""])
def test_a_name_spells_no_address(host: str) -> None:
    assert literal(host) is None


@pytest.mark.parametrize(
    "host",
    [
        *(spelling for spelling, address in SPELLINGS.items() if address != "8.8.8.8"),
        *(address for address in PRIVATE if "%" not in address),
        *("localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "x.local."),
        *("redis", "metadata.google.internal", "nas.home.arpa", "host.localdomain"),
    ],
)
def test_a_private_host_is_known_without_the_dns(host: str) -> None:
    assert never_public(host)


@pytest.mark.parametrize("host", [*PUBLIC, "134744072", "example.org", "local.example.org"])
def test_other_hosts_are_left_to_the_dns(host: str) -> None:
    assert not never_public(host)
