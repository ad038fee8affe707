"""Image data that is no base64, refused at the gateway's edge; against a live gunicorn."""

from __future__ import annotations

import base64

import pytest

from tests.harness.client import assert_error
from tests.harness.stack import Stack

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\xfb\xef\xff" * 4).decode()

NO_BASE64 = {
    "garbage": "this is no image!",
    "URL-safe alphabet": PNG.replace("/", "_").replace("+", "-"),
    "a space": PNG[:8] + " " + PNG[8:],
    "a line break": PNG[:8] + "\n" + PNG[8:],
    "padding missing": PNG + "QQ",
    "padding in excess": PNG + "====",
    "padding inside": "QQ==QQ==",
    "not ASCII": "ünïcode",
    "data URI without data": "data:image/png;base64,",
    "data URI of text": "data:text/html;base64," + PNG,
    "data URI of SVG": "data:image/svg+xml;base64," + PNG,
    "data URI not base64": "data:image/png,abc",
    "data URI with a parameter": "data:image/png;name=a;base64," + PNG,
    "an address": "https://example.org/a.png",
}


@pytest.mark.parametrize("text", NO_BASE64.values(), ids=NO_BASE64.keys())
@pytest.mark.parametrize("path", ["/derivatives", "/sanitize/async"])
def test_what_is_no_base64_is_an_invalid_image(gateway: Stack, path: str, text: str) -> None:
    body = {"imageData": text} | ({"preset": "web"} if path == "/derivatives" else {})
    details = assert_error(gateway.api.post(path, body), 422, "INVALID_IMAGE")

    assert details["reason"]


def test_empty_image_data_is_refused(gateway: Stack) -> None:
    answer = gateway.api.post("/sanitize", {"imageData": ""})

    assert answer.status_code == 422
    assert answer.json()["code"] in ("INVALID_IMAGE", "INVALID_REQUEST")


@pytest.mark.parametrize("text", ["no image", "data:text/plain;base64,QQ=="])
def test_a_watermark_image_is_read_as_strictly(gateway: Stack, text: str) -> None:
    watermark = {"image": text}
    variants = [{"name": "a", "watermark": watermark}]
    for path, body in (
        ("/generate", {"prompt": "a torii", "watermark": watermark}),
        ("/derivatives", {"imageData": PNG, "variants": variants}),
    ):
        assert_error(gateway.api.post(path, body), 422, "INVALID_IMAGE")
