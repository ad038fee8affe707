"""One POST: pinned addresses, TLS by the URL's name, redirects, one deadline, a bounded answer."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest

from app.contracts.webhooks import Target
from config.embedded_redis import free_port
from tests.harness.certificates import made_for
from tests.harness.receiver import Receiver, Says
from workers.webhooks.sending import Answer, Sender, SendFailed
from workers.webhooks.targets import Resolve, TargetRefused, Targets

BODY = b'{"type":"job.completed"}'


def sender(
    resolve: Resolve = lambda host, port: ["127.0.0.1"],
    tls: ssl.SSLContext | None = None,
    seconds: float = 20,
    allow_private: bool = True,
) -> Sender:
    """A sender whose DNS says 127.0.0.1 of every name."""
    targets = Targets(True, allow_private, 5, resolve)
    return Sender(targets, tls or ssl.create_default_context(), seconds, 5)


def test_the_body_and_the_host_arrive_though_the_address_is_pinned() -> None:
    with Receiver() as receiver:
        target = Target.parse(f"http://hooks.example.org:{receiver.port}/a?b=c")

        answer = sender().post(target, {"webhook-id": "msg_1"}, BODY)

        (got,) = receiver.received
    assert answer == Answer(204)
    assert (got.body, got.path) == (BODY, "/a?b=c")
    assert got.headers["host"] == f"hooks.example.org:{receiver.port}"
    assert got.headers["webhook-id"] == "msg_1"


def test_tls_checks_the_urls_name_at_the_pinned_address(tmp_path: Path) -> None:
    server, client = made_for("hooks.example.org", tmp_path)
    with Receiver(tls=server) as receiver:
        good = Target.parse(f"https://hooks.example.org:{receiver.port}/")
        other = Target.parse(f"https://other.example.org:{receiver.port}/")

        assert sender(tls=client).post(good, {}, BODY) == Answer(204)
        with pytest.raises(SendFailed, match="certificate"):
            sender(tls=client).post(other, {}, BODY)
        with pytest.raises(SendFailed, match="certificate"):
            sender().post(good, {}, BODY)


def test_a_name_is_resolved_once_so_that_it_cannot_be_bound_anew() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    with Receiver() as receiver:
        target = Target.parse(f"http://rebind.example.org:{receiver.port}/")
        with pytest.raises(SendFailed):
            # 93.184.215.14 is not there from a test, or does not listen on this port.
            sender(rebinding, seconds=0.5, allow_private=False).post(target, {}, BODY)

        assert asked == ["rebind.example.org"]
        assert receiver.received == []


def test_a_name_bound_to_loopback_is_refused() -> None:
    with Receiver() as receiver:
        target = Target.parse(f"http://rebind.example.org:{receiver.port}/")
        with pytest.raises(TargetRefused):
            sender(allow_private=False).post(target, {}, BODY)

        assert receiver.received == []


def test_redirects_are_followed_with_the_body() -> None:
    with Receiver() as last:
        to_last = Says(307, {"Location": last.url("/here")})
        with Receiver(Says(308, {"Location": "/there"}), to_last) as first:
            answer = sender().post(Target.parse(first.url()), {"webhook-id": "msg_1"}, BODY)

        assert [got.path for got in first.received] == ["/hook", "/there"]
        assert [(got.path, got.body) for got in last.received] == [("/here", BODY)]
        assert last.received[0].headers["webhook-id"] == "msg_1"
    assert answer == Answer(204)


def test_the_fourth_redirect_is_the_answer() -> None:
    with Receiver(Says(302, {"Location": "/again"})) as receiver:
        answer = sender().post(Target.parse(receiver.url()), {}, BODY)

        assert len(receiver.received) == 4
    assert answer.status == 302


@pytest.mark.parametrize(
    "location",
    [
        *("https://127.0.0.1/", "http://localhost/", "https://[::1]/", "https://2130706433/"),
        *("http://169.254.169.254/latest/meta-data/", "https://inner.example.org/"),
        *("ftp://example.org/", "file:///etc/passwd", "https://user@example.org/", "//[::1"),
    ],
)
def test_each_redirect_is_checked_anew(location: str) -> None:
    private: list[str] = []

    class FirstHopOnly(Targets):
        """Lets the receiver itself through and nothing else that is private."""

        def addresses(self, target: Target, seconds: float) -> list[str]:
            if target.host == "first.example.org":
                return ["127.0.0.1"]
            private.append(target.host)
            return super().addresses(target, seconds)

    with Receiver(Says(302, {"Location": location})) as receiver:
        targets = FirstHopOnly(True, False, 5, lambda host, port: ["10.0.0.1"])
        one = Sender(targets, ssl.create_default_context(), 20, 5)
        with pytest.raises(TargetRefused):
            one.post(Target.parse(f"http://first.example.org:{receiver.port}/"), {}, BODY)

        assert len(receiver.received) == 1
    assert len(private) <= 1


def test_a_redirect_from_tls_to_none_is_refused(tmp_path: Path) -> None:
    server, client = made_for("hooks.example.org", tmp_path)
    with Receiver(Says(301, {"Location": "http://hooks.example.org/"}), tls=server) as receiver:
        targets = Targets(False, True, 5, lambda host, port: ["127.0.0.1"])
        with pytest.raises(TargetRefused, match="https"):
            Sender(targets, client, 20, 5).post(
                Target.parse(f"https://hooks.example.org:{receiver.port}/"), {}, BODY
            )


def test_an_endpoint_that_hangs_costs_the_deadline() -> None:
    with Receiver(Says(hold=120)) as receiver:
        began = time.monotonic()
        with pytest.raises(SendFailed, match=r"No answer within 0\.5 s"):
            sender(seconds=0.5).post(Target.parse(receiver.url()), {}, BODY)

    assert time.monotonic() - began < 10


def test_an_endpoint_that_drips_costs_the_deadline() -> None:
    with Receiver(Says(200, body=b"x" * 1000, drip=0.2)) as receiver:
        began = time.monotonic()
        with pytest.raises(SendFailed, match="No answer"):
            sender(seconds=1).post(Target.parse(receiver.url()), {}, BODY)

    assert time.monotonic() - began < 20


def test_of_a_long_answer_the_beginning_is_read() -> None:
    with Receiver(Says(200, body=b"x" * 50_000_000)) as receiver:
        assert sender().post(Target.parse(receiver.url()), {}, BODY) == Answer(200)


def test_nobody_listening_is_a_failure_that_says_so() -> None:
    with pytest.raises(SendFailed, match="could not be connected to"):
        sender().post(Target.parse(f"http://127.0.0.1:{free_port()}/"), {}, BODY)


def test_the_next_address_is_tried_where_the_first_is_closed() -> None:
    with Receiver() as receiver:
        both = sender(lambda host, port: ["127.0.0.2", "127.0.0.1"])
        target = Target.parse(f"http://a.org:{receiver.port}/")

        assert both.post(target, {}, BODY) == Answer(204)


def test_retry_after_comes_with_the_answer() -> None:
    with Receiver(Says(503, {"Retry-After": "7"})) as receiver:
        assert sender().post(Target.parse(receiver.url()), {}, BODY) == Answer(503, "7")
