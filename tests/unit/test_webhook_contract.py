"""The webhook's URL, read once, and its body."""

import pytest

from app.contracts.errors import OutOfMemory
from app.contracts.jobs import Job, Status
from app.contracts.tasks import JobType
from app.contracts.webhooks import BadTarget, Target, Webhook, message, message_id


@pytest.mark.parametrize(
    ("url", "whole", "host", "port"),
    [
        ("https://example.org", "https://example.org/", "example.org", 443),
        ("HTTPS://Example.ORG:443/a?b=c", "https://example.org/a?b=c", "example.org", 443),
        ("http://example.org:8080/%20", "http://example.org:8080/%20", "example.org", 8080),
        ("https://[2001:DB8::1]:444/", "https://[2001:db8::1]:444/", "2001:db8::1", 444),
        ("https://example.org./?", "https://example.org/", "example.org", 443),
    ],
)
def test_a_url_is_taken_apart_and_put_together(url: str, whole: str, host: str, port: int) -> None:
    target = Target.parse(url)

    assert (target.url, target.host, target.port) == (whole, host, port)
    assert Target.parse(target.url) == target


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "//example.org/", "ftp://example.org/", "file:///etc/passwd"),
        *("https://", "https:///path", "https://:443/", "https://exa mple.org/", "https://a..b/"),
        *("https://user@example.org/", "https://user:pass@example.org/", "https://@example.org/"),
        *("https://example.org:0/", "https://example.org:65536/", "https://example.org:http/"),
        *("https://example.org:/", "https://example.org/#part", "https://example.org\\@evil.org/"),
        *("https://exämple.org/", "https://example.org/ä", "https://①②⑦.⓪.⓪.①/"),
        *("https://example.org/\n", "https://example.org/\x00", "\thttps://example.org/"),
        *(
            "https://[::1/",
            "https://example.org../",
            "https://./",
            "https://[fe80::1%25eth0]/",
            "https://[example.org]/",
            "https://::1/",
        ),
        *("https://-a-.org:1:2/", "https://exa%6dple.org/", "https://" + "a" * 64 + ".org/"),
        "https://example.org/" + "a" * 2048,
    ],
)
def test_what_is_no_url_for_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(BadTarget, match=r"^[A-Z].*\.$"):
        Target.parse(url)


def test_a_webhook_survives_the_ledger() -> None:
    webhook = Webhook(Target.parse("https://example.org/hook?key=1"), ("job.failed",))

    kept = webhook.as_json()

    assert Webhook.from_json(kept) == webhook
    assert kept["line"] == "example.org:443"


def test_the_body_tells_what_happened_and_how_the_job_is() -> None:
    error = OutOfMemory("The picture did not fit.", {"requested": "8GB"})
    job = Job("ab" * 16, JobType.GENERATE, Status.FAILED, "2026-01-02T03:04:05.000Z", attempts=2)
    ended = job.moved(job.status, error=error, finished_at="2026-01-02T03:05:00.000Z")

    body = message(ended)

    assert (body["type"], body["timestamp"]) == ("job.failed", "2026-01-02T03:05:00.000Z")
    assert body["data"]["error"] == error.as_json()
    assert body["data"]["links"]["self"] == f"/jobs/{job.id}"
    assert "startedAt" not in body["data"]
    assert message_id(job.id) == "msg_" + job.id
