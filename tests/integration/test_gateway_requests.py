"""Requests that the schemas refuse, each naming the field; against a live gunicorn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.client import assert_error
from tests.harness.stack import Stack

PNG = "iVBORw0KGgo="
VARIANT = {"name": "a", "width": 10}

# path, body, the field that details must name
REFUSED: dict[str, tuple[str, Any, str]] = {
    "list root": ("/generate", [], "body"),
    "null root": ("/generate", None, "body"),
    "string root": ("/analyze-context", "a torii", "body"),
    "no prompt": ("/generate", {}, "prompt"),
    "empty prompt": ("/generate", {"prompt": ""}, "prompt"),
    "blank prompt": ("/generate", {"prompt": " \n\t "}, "prompt"),
    "null prompt": ("/generate", {"prompt": None}, "prompt"),
    "number for text": ("/generate", {"prompt": 7}, "prompt"),
    "prompt too long": ("/generate", {"prompt": "a" * 2001}, "prompt"),
    "lone surrogate": ("/generate", {"prompt": "a \ud800 torii"}, "prompt"),
    "NUL": ("/generate", {"prompt": "a\0torii"}, "prompt"),
    "escape character": ("/generate", {"prompt": "a \x1b[31m torii"}, "prompt"),
    "surrogate below": (
        "/generate",
        {"prompt": "a", "textOverlay": {"text": "\udfff"}},
        "textOverlay.text",
    ),
    "unknown field": ("/generate", {"prompt": "a", "colour": "red"}, "colour"),
    "snake case": ("/generate", {"prompt": "a", "num_images": 2}, "num_images"),
    "unknown field below": (
        "/generate",
        {"prompt": "a", "watermark": {"text": "b", "size": 3}},
        "watermark.size",
    ),
    "unknown field two below": (
        "/generate",
        {"prompt": "a", "textOverlay": {"text": "b", "stroke": {"blur": 1}}},
        "textOverlay.stroke.blur",
    ),
    "unknown filter": ("/analyze-context", {"category": "a", "filters": {"tone": "b"}},
                       "filters.tone"),
    "unknown in variant": (
        "/derivatives",
        {"imageData": PNG, "variants": [VARIANT, {"name": "b", "depth": 3}]},
        "variants.1.depth",
    ),
    "bool for integer": ("/generate", {"prompt": "a", "steps": True}, "steps"),
    "bool for float": ("/generate", {"prompt": "a", "guidanceScale": False}, "guidanceScale"),
    "string for integer": ("/generate", {"prompt": "a", "steps": "20"}, "steps"),
    "string for float": ("/generate", {"prompt": "a", "guidanceScale": "4"}, "guidanceScale"),
    "fraction for integer": ("/generate", {"prompt": "a", "steps": 20.5}, "steps"),
    "string for bool": ("/generate", {"prompt": "a", "allowDowngrade": "yes"}, "allowDowngrade"),
    "number for bool": ("/generate", {"prompt": "a", "allowDowngrade": 1}, "allowDowngrade"),
    "list for object": ("/generate", {"prompt": "a", "watermark": []}, "watermark"),
    "steps 0": ("/generate", {"prompt": "a", "steps": 0}, "steps"),
    "steps 151": ("/generate", {"prompt": "a", "steps": 151}, "steps"),
    "guidance below": ("/generate", {"prompt": "a", "guidanceScale": -0.1}, "guidanceScale"),
    "seed below": ("/generate", {"prompt": "a", "seed": -1}, "seed"),
    "seed above": ("/generate", {"prompt": "a", "seed": 2**32}, "seed"),
    "no images": ("/generate", {"prompt": "a", "numImages": 0}, "numImages"),
    "nine images": ("/generate", {"prompt": "a", "numImages": 9}, "numImages"),
    "format": ("/generate", {"prompt": "a", "format": "gif"}, "format"),
    "quality of PNG": ("/generate", {"prompt": "a", "quality": 80}, "quality"),
    "size no multiple": ("/generate", {"prompt": "a", "width": 500, "height": 512}, "width"),
    "size below": ("/generate", {"prompt": "a", "width": 512, "height": 64}, "height"),
    "side above": ("/generate", {"prompt": "a", "width": 4128, "height": 512}, "width"),
    "pixels above": ("/generate", {"prompt": "a", "width": 2048, "height": 2048}, "width"),
    "scheduler": ("/generate", {"prompt": "a", "scheduler": "magic"}, "scheduler"),
    "position": ("/generate", {"prompt": "a", "textOverlay": {"text": "b", "position": "up"}},
                 "textOverlay.position"),
    "colour": ("/generate", {"prompt": "a", "textOverlay": {"text": "b", "color": "#12"}},
               "textOverlay.color"),
    "text and image": (
        "/generate",
        {"prompt": "a", "watermark": {"text": "b", "image": PNG}},
        "watermark.text",
    ),
    "empty watermark": ("/generate", {"prompt": "a", "watermark": {}}, "watermark.text"),
    "moderation mode": ("/generate", {"prompt": "a", "moderation": {"mode": "ban"}},
                        "moderation.mode"),
    "nothing to analyse": ("/analyze-context", {"count": 2}, "description"),
    "count": ("/analyze-context", {"category": "a", "count": 9}, "count"),
    "style": ("/analyze-context", {"category": "a", "filters": {"style": "cubism"}},
              "filters.style"),
    "ratio": ("/analyze-context", {"category": "a", "filters": {"aspectRatio": "5:4"}},
              "filters.aspectRatio"),
    "no source": ("/derivatives", {"variants": [VARIANT]}, "imageData"),
    "two sources": (
        "/derivatives",
        {"imageData": PNG, "sourceJob": {"jobId": "a"}, "variants": [VARIANT]},
        "imageData",
    ),
    "no variants": ("/derivatives", {"imageData": PNG}, "variants"),
    "empty variants": ("/derivatives", {"imageData": PNG, "variants": []}, "variants"),
    "33 variants": (
        "/derivatives",
        {"imageData": PNG, "variants": [{"name": f"v{n}"} for n in range(33)]},
        "variants",
    ),
    "same name twice": ("/derivatives", {"imageData": PNG, "variants": [VARIANT, VARIANT]},
                        "variants"),
    "variants and preset": (
        "/derivatives",
        {"imageData": PNG, "variants": [VARIANT], "preset": "web"},
        "variants",
    ),
    "unknown preset": ("/derivatives", {"imageData": PNG, "preset": "poster"}, "preset"),
    "a path for a name": ("/derivatives", {"imageData": PNG, "variants": [{"name": "../a"}]},
                          "variants.0.name"),
    "width 0": ("/derivatives", {"imageData": PNG, "variants": [{"name": "a", "width": 0}]},
                "variants.0.width"),
    "quality 101": ("/derivatives", {"imageData": PNG, "variants": [{"name": "a", "quality": 101}]},
                    "variants.0.quality"),
    "quality of two": (
        "/derivatives",
        {"imageData": PNG,
         "variants": [{"name": "a", "quality": {"ssim": 0.9, "maxBytes": 1000}}]},
        "variants.0.quality",
    ),
    "ssim": ("/derivatives", {"imageData": PNG,
                              "variants": [{"name": "a", "quality": {"ssim": 1.5}}]},
             "variants.0.quality.ssim"),
    "crop without height": (
        "/transform",
        {"imageData": PNG, "crop": {"x": 0, "y": 0, "width": 5}},
        "crop.height",
    ),
    "keep": ("/sanitize", {"imageData": PNG, "keep": ["gps"]}, "keep.0"),
    "convert to nothing": ("/convert", {"imageData": PNG}, "format"),
    "convert with width": ("/convert", {"imageData": PNG, "format": "webp", "width": 3}, "width"),
    "optimize to gif": ("/optimize", {"imageData": PNG, "format": "gif"}, "format"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "field"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("twin", ["", "/async"])
def test_a_bad_request_is_refused_and_the_field_is_named(
    gateway: Stack, path: str, body: Any, field: str, twin: str
) -> None:
    # json.dumps writes a lone surrogate as an escape, as a careless client would.
    headers = {"Content-Type": "application/json"}
    answer = gateway.api.http.post(path + twin, content=json.dumps(body), headers=headers)

    details = assert_error(answer, 422, "INVALID_REQUEST")
    assert field in details
    assert all(sentence for sentences in details.values() for sentence in sentences)


def test_all_wrong_fields_are_named_at_once(gateway: Stack) -> None:
    body = {"prompt": "", "steps": 0, "format": "gif", "colour": "red"}
    details = assert_error(gateway.api.post("/generate", body), 422, "INVALID_REQUEST")

    assert set(details) == {"prompt", "steps", "format", "colour"}


def test_null_counts_as_not_given(gateway: Stack) -> None:
    body = {"prompt": "a torii", "width": None, "seed": None, "watermark": None}

    assert gateway.api.post("/generate/async", body).status_code == 202


def test_an_unknown_query_parameter_is_refused(gateway: Stack) -> None:
    job_id = gateway.api.submit("/generate", {"prompt": "a torii"})

    for query in ("verbose=1", "wait=121", "wait=-1", "wait=soon"):
        answer = gateway.api.get(f"/jobs/{job_id}?{query}")
        assert list(assert_error(answer, 422, "INVALID_REQUEST")) == [query.split("=")[0]]


def test_an_unknown_model_is_refused_at_submit(gateway: Stack) -> None:
    answer = gateway.api.post("/generate/async", {"prompt": "a torii", "model": "dall-e"})

    details = assert_error(answer, 422, "MODEL_NOT_FOUND")
    assert details["model"] == "dall-e"
    assert {"photorealistic", "anime", "starter"} <= set(details["available"])


def test_a_blocked_prompt_is_refused_at_submit(gateway: Stack) -> None:
    body = {"prompt": "a nude portrait", "moderation": {"mode": "block"}}
    details = assert_error(gateway.api.post("/generate/async", body), 422, "MODERATION_BLOCKED")

    assert details["stage"] == "prompt"
    assert list(details["categories"]) == ["sexual"]


def test_a_blocked_text_overlay_is_refused_at_submit(gateway: Stack) -> None:
    body = {
        "prompt": "a torii",
        "textOverlay": {"text": "sieg heil"},
        "moderation": {"mode": "block"},
    }
    details = assert_error(gateway.api.post("/generate/async", body), 422, "MODERATION_BLOCKED")

    assert list(details["categories"]) == ["hate"]


@pytest.mark.parametrize("mode", ["off", "flag"])
def test_only_the_mode_block_refuses(gateway: Stack, mode: str) -> None:
    body = {"prompt": "a nude portrait", "moderation": {"mode": mode}}

    assert gateway.api.post("/generate/async", body).status_code == 202
