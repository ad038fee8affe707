"""What the gateway makes of bodies that are not what they should be; against a live gunicorn."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.harness.client import assert_error
from tests.harness.stack import Stack

JSON = {"Content-Type": "application/json"}
PATHS = ("/analyze-context", "/generate/async", "/derivatives", "/convert/async")

MALFORMED = {
    "empty": b"",
    "broken": b'{"prompt": "a torii"',
    "plain words": b"a torii",
    "single quotes": b"{'prompt': 'a torii'}",
    "trailing comma": b'{"prompt": "a torii",}',
    "NaN": b'{"prompt": "a torii", "guidanceScale": NaN}',
    "Infinity": b'{"prompt": "a torii", "guidanceScale": -Infinity}',
    "number out of range": b'{"prompt": "a torii", "guidanceScale": 1e999}',
    "duplicate key": b'{"prompt": "a torii", "prompt": "a cat"}',
    "duplicate key below": b'{"prompt": "a torii", "watermark": {"text": "a", "text": "b"}}',
    "deep arrays": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "UTF-16": '{"prompt": "a torii"}'.encode("utf-16"),
    "Latin-1": '{"prompt": "café"}'.encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + b'{"prompt": "a torii"}',
    "5000 digits": b'{"prompt": "a torii", "seed": ' + b"9" * 5_000 + b"}",
    "raw control character": b'{"prompt": "a\x01torii"}',
    "two values": b'{"prompt": "a"} {"prompt": "b"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV*(\xca\xcf-(Q\xb2RPJTH\xccS(\xc9",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_is_not_strict_json_is_malformed(gateway: Stack, body: bytes) -> None:
    answer = gateway.api.http.post("/generate/async", content=body, headers=JSON)

    assert assert_error(answer, 400, "MALFORMED_JSON") == {}


@pytest.mark.parametrize("path", PATHS)
def test_every_post_route_reads_strictly(gateway: Stack, path: str) -> None:
    answer = gateway.api.http.post(path, content=b'{"a": 1, "a": 2}', headers=JSON)

    assert_error(answer, 400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_media_type_is_refused(gateway: Stack, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = gateway.api.http.post("/generate/async", content=b"{}", headers=headers)

    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_json_with_a_charset_or_a_suffix_is_json(gateway: Stack) -> None:
    for kind in ("application/json; charset=utf-8", "application/vnd.imajin+json"):
        body = json.dumps({"prompt": "a torii at dawn"}).encode()
        answer = gateway.api.http.post(
            "/generate/async", content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_an_answer_nobody_can_give_is_not_acceptable(gateway: Stack, accept: str) -> None:
    answer = gateway.api.post("/generate", {"prompt": "a torii"}, Accept=accept)

    assert_error(answer, 406, "NOT_ACCEPTABLE")


def test_a_refused_accept_header_leaves_no_job_behind(gateway: Stack) -> None:
    before = _depth(gateway)

    gateway.api.post("/generate", {"prompt": "a torii"}, Accept="text/html")

    assert _depth(gateway) == before


def test_a_long_body_is_refused_by_its_announced_length(gateway: Stack) -> None:
    body = b'{"imageData": "' + b"A" * 8_000_000 + b'"}'
    answer = _post_alone(gateway, body)

    assert assert_error(answer, 413, "PAYLOAD_TOO_LARGE") == {"limitBytes": 2_000_000}


def test_a_long_body_in_chunks_is_refused_too(gateway: Stack) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"imageData": "'
        for _ in range(40):
            yield b"A" * 100_000
        yield b'"}'

    answer = _post_alone(gateway, chunks())

    assert assert_error(answer, 413, "PAYLOAD_TOO_LARGE") == {"limitBytes": 2_000_000}


def test_a_body_in_chunks_is_read(gateway: Stack) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"prompt": '
        yield b'"a torii"}'

    answer = gateway.api.http.post("/generate/async", content=chunks(), headers=JSON)

    assert answer.status_code == 202, answer.text


def _post_alone(gateway: Stack, content: bytes | Iterator[bytes]) -> httpx.Response:
    """Post on a connection of its own: the gateway closes it where much stays unread."""
    return httpx.post(
        str(gateway.api.http.base_url.join("/derivatives")),
        content=content,
        headers=JSON,
        timeout=30,
    )


def _depth(gateway: Stack) -> int:
    queues = gateway.api.get("/queues").json()["queues"]
    return sum(queue["depth"] for queue in queues)
