"""A target's addresses: resolved once, all of them checked."""

import threading
from collections.abc import Callable

import pytest

from app.contracts.webhooks import Target
from workers.webhooks.targets import TargetRefused, Targets, TargetUnknown

PUBLIC = "93.184.215.14"


def answering(*addresses: str) -> Callable[[str, int], list[str]]:
    """A DNS with one answer."""
    return lambda host, port: list(addresses)


def rules(
    *addresses: str, allow_http: bool = False, allow_private: bool = False, seconds: float = 5
) -> Targets:
    """The rules with such a DNS."""
    return Targets(allow_http, allow_private, seconds, answering(*addresses))


def test_a_public_name_gives_its_addresses() -> None:
    found = rules(PUBLIC, "2606:4700:4700::1111").addresses(Target.parse("https://a.org/"), 5)

    assert found == [PUBLIC, "2606:4700:4700::1111"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["100.64.0.9"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%eth0"],
        [PUBLIC, "127.0.0.1"],
        ["2606:4700:4700::1111", "fd00::1"],
    ],
)
def test_one_private_address_is_enough_to_refuse_a_name(addresses: list[str]) -> None:
    with pytest.raises(TargetRefused) as caught:
        rules(*addresses).addresses(Target.parse("https://a.org/"), 5)

    assert not any(address in str(caught.value) for address in addresses)


@pytest.mark.parametrize(
    "url", ["https://127.1/", "https://2130706433/", "https://[::1]/", "https://localhost/"]
)
def test_a_private_host_is_refused_without_asking(url: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("the DNS was asked")

    with pytest.raises(TargetRefused):
        Targets(False, False, 5, never).addresses(Target.parse(url), 5)


def test_an_address_needs_no_dns() -> None:
    assert rules().addresses(Target.parse(f"https://{PUBLIC}/"), 5) == [PUBLIC]
    assert rules().addresses(Target.parse("https://134744072/"), 5) == ["8.8.8.8"]


def test_http_needs_a_setting() -> None:
    with pytest.raises(TargetRefused):
        rules(PUBLIC).addresses(Target.parse("http://a.org/"), 5)

    assert rules(PUBLIC, allow_http=True).addresses(Target.parse("http://a.org/"), 5)


def test_private_addresses_need_a_setting() -> None:
    assert rules("10.0.0.1", allow_private=True).addresses(Target.parse("https://redis/"), 5)


def test_a_name_without_an_address_may_get_one_later() -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(TargetUnknown):
        Targets(False, False, 5, nothing).addresses(Target.parse("https://a.org/"), 5)


def test_a_dns_that_hangs_is_left() -> None:
    let_go = threading.Event()

    def hangs(host: str, port: int) -> list[str]:
        let_go.wait(60)
        return [PUBLIC]

    with pytest.raises(TargetUnknown, match="in time"):
        Targets(False, False, 0.05, hangs).addresses(Target.parse("https://a.org/"), 5)
    let_go.set()
