"""The bad-input matrix, row by row: what is sent, and the status and code it is answered with.

The rows are those of the design's table of bad inputs; the codes are the API's. A gateway and a
cpu_processing worker run, and at the end the worker must still have the children it began with.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psutil
import pytest

from app.contracts.errors import ImageTooLarge
from tests import hostile
from tests.bombs import BOMBS
from tests.harness.client import assert_error
from tests.harness.images import as_bytes, as_picture, as_text
from tests.harness.stack import Stack
from tests.pictures import animated, bomb_png, corners, file, near, opened, photo, turned

JSON = {"Content-Type": "application/json"}
LIMIT = 24_000_000
PNG = as_text(file(corners()))
TWELVE = hostile.solid_png(12_000, 12_000)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway and one worker for pictures."""
    folder = tmp_path_factory.mktemp("matrix")
    with Stack(folder, max_body_bytes=LIMIT, cpu_tasks_per_child=1000) as found:
        found.start("redis", "web", "cpu_processing").wait_for_web()
        yield found.wait_for_workers("cpu_processing")


@pytest.fixture(scope="module")
def children(stack: Stack) -> list[psutil.Process]:
    """The worker's children before the first bad file."""
    return stack.programs["cpu_processing"].pool()


def send(stack: Stack, path: str, content: Any, **headers: str) -> httpx.Response:
    """Post on a connection of its own: the gateway closes it where much stays unread."""
    address = str(stack.api.http.base_url.join(path))
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(address, content=content, headers=given or JSON, timeout=120)


# --- bodies

GOOD = b'{"prompt": "a torii"}'


def long_chunks() -> Iterator[bytes]:
    yield b'{"imageData": "'
    for _ in range(30):
        yield b"A" * 1_000_000
    yield b'"}'


# row -> body, headers, status, code
BODIES: dict[str, tuple[Callable[[], Any], dict[str, str], int, str]] = {
    "over the limit, by its announced length": (
        lambda: b'{"a": "' + b"A" * 25_000_000 + b'"}', JSON, 413, "PAYLOAD_TOO_LARGE"),
    "over the limit, in chunks": (long_chunks, JSON, 413, "PAYLOAD_TOO_LARGE"),
    "not declared as JSON": (
        lambda: GOOD, {"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "empty": (lambda: b"", JSON, 400, "MALFORMED_JSON"),
    "broken UTF-8": (lambda: b'{"prompt": "\xc3\x28"}', JSON, 400, "MALFORMED_JSON"),
    "gzip": (
        lambda: gzip.compress(GOOD), JSON | {"Content-Encoding": "gzip"}, 400, "MALFORMED_JSON"),
    "100,000 nested arrays": (lambda: b"[" * 100_000 + b"]" * 100_000, JSON, 400, "MALFORMED_JSON"),
    "100,000 nested objects": (lambda: b'{"a":' * 100_000, JSON, 400, "MALFORMED_JSON"),
    "33 nested arrays": (lambda: b"[" * 33 + b"]" * 33, JSON, 400, "MALFORMED_JSON"),
    "NaN": (lambda: b'{"guidanceScale": NaN}', JSON, 400, "MALFORMED_JSON"),
    "Infinity": (lambda: b'{"guidanceScale": Infinity}', JSON, 400, "MALFORMED_JSON"),
    "-Infinity": (lambda: b'{"guidanceScale": -Infinity}', JSON, 400, "MALFORMED_JSON"),
    "1e999": (lambda: b'{"guidanceScale": 1e999}', JSON, 400, "MALFORMED_JSON"),
    "duplicate keys": (lambda: b'{"prompt": "a", "prompt": "b"}', JSON, 400, "MALFORMED_JSON"),
    "duplicate keys, one escaped": (
        lambda: b'{"prompt": "a", "pr\\u006fmpt": "b"}', JSON, 400, "MALFORMED_JSON"),
    "a 5,000-digit integer": (
        lambda: b'{"seed": ' + b"9" * 5_000 + b"}", JSON, 400, "MALFORMED_JSON"),
    "a list as root": (lambda: b"[]", JSON, 422, "INVALID_REQUEST"),
    "null as root": (lambda: b"null", JSON, 422, "INVALID_REQUEST"),
    "a key with NUL": (lambda: b'{"prompt": "a", "a\\u0000": 1}', JSON, 422, "INVALID_REQUEST"),
    "a key that is half a character": (
        lambda: b'{"prompt": "a", "\\ud800": 1}', JSON, 422, "INVALID_REQUEST"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "headers", "status", "code"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_cannot_be_read(
    stack: Stack, body: Callable[[], Any], headers: dict[str, str], status: int, code: str
) -> None:
    answer = send(stack, "/generate/async", body(), **headers)

    details = assert_error(answer, status, code)
    assert details == ({"limitBytes": LIMIT} if status == 413 else details)


# --- fields

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown field": ({"colour": "red"}, "colour", "Unknown"),
    "wrong type": ({"prompt": 7}, "prompt", "string"),
    "bool for int": ({"steps": True}, "steps", "integer"),
    "bool for float": ({"guidanceScale": True}, "guidanceScale", "number"),
    "steps out of range": ({"steps": 151}, "steps", "150"),
    "size out of range": ({"width": 5000}, "width", "4096"),
    "width x height too large": ({"width": 2048, "height": 2048}, "width", "pixels"),
    "count out of range": ({"numImages": 9}, "numImages", "8"),
    "guidance out of range": ({"guidanceScale": 31}, "guidanceScale", "30"),
    "seed out of range": ({"seed": 2**32}, "seed", str(2**32 - 1)),
    "prompt too long": ({"prompt": "a" * 2001}, "prompt", "2000"),
}


@pytest.mark.parametrize(("change", "field", "limit"), WRONG.values(), ids=WRONG.keys())
def test_a_field_that_is_wrong_is_named_with_its_limit(
    stack: Stack, change: dict[str, Any], field: str, limit: str
) -> None:
    body = json.dumps({"prompt": "a torii"} | change).encode()
    details = assert_error(send(stack, "/generate/async", body), 422, "INVALID_REQUEST")

    assert limit in " ".join(details[field])


OVERLAY = {"text": "a", "position": "south", "font": "FiraGO", "color": "#fff", "align": "left",
           "background": "#000", "direction": "ltr", "stroke": {"color": "#000"},
           "shadow": {"color": "#000"}}  # fmt: skip
MARK = {"text": "a", "position": "south"}
FULL: dict[str, dict[str, Any]] = {
    "/analyze-context": {
        "description": "a",
        "category": "a",
        "filters": {
            "culture": "a", "region": "a", "era": "a", "season": "a", "mood": "a",
            "style": "anime", "palette": "a", "composition": "a", "aspectRatio": "1:1",
        },
    },
    "/generate": {
        "name": "a", "prompt": "a", "negativePrompt": "a", "model": "anime", "scheduler": "ddim",
        "format": "png", "textOverlay": OVERLAY, "watermark": MARK, "moderation": {"mode": "off"},
    },
    "/derivatives": {
        "imageData": PNG,
        "sanitize": {"keep": ["icc"]},
        "variants": [
            {"name": "a", "fit": "cover", "gravity": "center", "format": "webp",
             "background": "#fff", "textOverlay": OVERLAY, "watermark": MARK},
        ],
    },
    "/optimize": {"sourceJob": {"jobId": "a" * 32}, "format": "webp"},
}  # fmt: skip


def strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every string in a body."""
    if isinstance(value, str):
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in pairs if isinstance(value, dict | list) else ():
        yield from strings(below, (*path, key))


def changed(value: Any, path: tuple[Any, ...], text: str) -> Any:
    """The body with this text at that path."""
    if not path:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], text)
    return copy


STRINGS = [(route, path) for route, body in FULL.items() for path in strings(body)]


@pytest.mark.parametrize(
    ("route", "path"),
    STRINGS,
    ids=[f"{route}:{'.'.join(map(str, path))}" for route, path in STRINGS],
)
def test_no_text_holds_half_a_character_or_a_control(
    stack: Stack, route: str, path: tuple[Any, ...]
) -> None:
    for text in ("a\ud800b", "\udfff", "a\0b", "a\x1bb"):
        body = json.dumps(changed(FULL[route], path, text)).encode()
        answer = send(stack, f"{route}/async", body)
        code = "INVALID_IMAGE" if path == ("imageData",) else "INVALID_REQUEST"
        if path == ("model",):
            code = answer.json()["code"]
        assert_error(answer, 422, code)


def test_text_is_taken_in_its_composed_form(stack: Stack) -> None:
    """NFC: what looks the same is the same, also against the length limit."""
    body = json.dumps({"prompt": "e\u0301" * 2000}).encode()

    assert send(stack, "/generate/async", body).status_code == 202


# --- base64 and data URIs

TEXTS = {
    "whitespace": PNG[:8] + " " + PNG[8:],
    "a line break": PNG[:76] + "\n" + PNG[76:],
    "garbage": "&&&&",
    "URL-safe": base64.urlsafe_b64encode(b"\xfb\xff\xfe" * 20).decode(),
    "missing padding": base64.b64encode(b"abcd").decode().rstrip("="),
    "excess padding": PNG.rstrip("=") + "=====",
    "a data URI of another type": "data:text/html;base64," + PNG,
    "a data URI of SVG": "data:image/svg+xml;base64," + PNG,
    "a data URI without base64": "data:image/png," + PNG,
    "an empty data URI": "data:image/png;base64,",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_what_is_no_strict_base64_is_an_invalid_image(stack: Stack, text: str) -> None:
    body = json.dumps({"imageData": text}).encode()

    details = assert_error(send(stack, "/sanitize", body), 422, "INVALID_IMAGE")
    assert details["reason"]


def test_an_empty_string_is_no_image(stack: Stack) -> None:
    details = assert_error(send(stack, "/sanitize", b'{"imageData": ""}'), 422, "INVALID_REQUEST")

    assert "imageData" in details


# --- files

INVALID, TOO_LARGE = "INVALID_IMAGE", "IMAGE_TOO_LARGE"
BAD_FILES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "20000x20000": (lambda: hostile.solid_png(20_000, 20_000), TOO_LARGE, "limitPixels"),
    "12000x12000": (lambda: TWELVE, TOO_LARGE, "limitPixels"),
    "57 bytes that claim 2^31 x 2^31": (
        lambda: hostile.header_only(2**31 - 1, 2**31 - 1), TOO_LARGE, "limitPixels"),
    "a strip of 65000x1": (lambda: hostile.solid_png(65_000, 1), TOO_LARGE, "limitSide"),
    "a strip of 1x65000": (lambda: hostile.solid_png(1, 65_000), TOO_LARGE, "limitSide"),
    "a truncated PNG": (lambda: file(photo())[:9000], INVALID, "format"),
    "a truncated JPEG": (lambda: file(photo(), "JPEG")[:3000], INVALID, "format"),
    "a bad checksum": (hostile.bad_crc, INVALID, "format"),
    "an iCCP bomb": (lambda: bomb_png(b"iCCP"), INVALID, "format"),
    "a zTXt bomb": (lambda: bomb_png(b"zTXt"), INVALID, "format"),
    "an APNG": (lambda: animated("PNG", 101), TOO_LARGE, "limitFrames"),
    "an animated WebP": (hostile.long_animation, TOO_LARGE, "frames"),
    "a GIF of 20,000 frames": (hostile.endless_gif, TOO_LARGE, "limitFrames"),
} | {
    name: (BOMBS[name][0], TOO_LARGE if BOMBS[name][1] is ImageTooLarge else INVALID, "")
    for name in (
        "JPEG of 2000 scans", "JPEG of empty comments", "PNG of 200,000 chunks",
        "JPEG with 20 EXIF blocks", "PNG with 5000 profiles", "AVIF with other boxes",
        "AVIF of 40 frames in one", "GIF of small blocks", "WebP of a million chunks",
    )
} | {
    name: ((lambda data=data: data), INVALID, "reason")
    for name, data in hostile.OTHER_FORMATS.items()
}  # fmt: skip


@pytest.mark.parametrize(("make", "code", "detail"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_costs_one_error_and_no_worker(
    stack: Stack, children: list[psutil.Process], make: Callable[[], bytes], code: str, detail: str
) -> None:
    answer = stack.api.post("/sanitize", {"imageData": as_text(make())})

    details = assert_error(answer, 422, code)
    assert (detail or ("reason" if code == INVALID else "limitPixels")) in details
    assert all(child.is_running() for child in children)


@pytest.mark.parametrize("declared", ["image/jpeg", "image/webp", "image/gif"])
def test_a_declared_type_that_differs_is_refused(stack: Stack, declared: str) -> None:
    body = {"imageData": f"data:{declared};base64,{PNG}"}
    details = assert_error(stack.api.post("/sanitize", body), 422, INVALID)

    assert declared in details["reason"]


ODD_FILES: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "an 8 MB colour profile": (hostile.large_profile, (96, 64)),
    "65 kB of EXIF": (hostile.large_exif, (96, 64)),
    "a PNG that is a ZIP too": (hostile.polyglot, (60, 40)),
    "CMYK": (hostile.cmyk, (60, 40)),
    "16 bits": (hostile.sixteen_bits, (64, 48)),
    "grey and alpha": (hostile.grey_and_clear, (60, 40)),
    "turned by EXIF": (lambda: turned(6, "JPEG"), (60, 40)),
}


@pytest.mark.parametrize(("make", "size"), ODD_FILES.values(), ids=ODD_FILES.keys())
def test_an_odd_file_is_taken_for_its_pixels_alone(
    stack: Stack, make: Callable[[], bytes], size: tuple[int, int]
) -> None:
    body = {"imageData": as_text(make()), "format": "png"}
    answer = stack.api.post("/convert", body)

    assert answer.status_code == 200, answer.text[:500]
    data = as_bytes(answer.json()["variants"][0]["imageData"])
    assert len(data) < 20_000 and b"evil" not in data and b"script" not in data
    picture = opened(data)
    assert picture.size == size
    assert picture.mode in ("L", "RGB", "RGBA")
    assert picture.info.keys() <= {"transparency"}


def test_a_turned_picture_stands_upright(stack: Stack) -> None:
    body = {"imageData": as_text(turned(6)), "format": "png"}
    picture = as_picture(stack.api.post("/convert", body).json()["variants"][0]["imageData"])

    assert near(picture.convert("RGB").getpixel((2, 2)), (220, 30, 30))


# --- jobs


def test_jobs_that_are_not_there_or_not_done(stack: Stack) -> None:
    for job_id in ("0" * 32, "nonsense", "../etc"):
        assert_error(stack.api.get(f"/jobs/{job_id}"), 404, (
            "NOT_FOUND" if "/" in job_id else "JOB_NOT_FOUND"
        ))  # fmt: skip
    waiting = stack.api.submit("/analyze-context", {"category": "temple"})
    answer = stack.api.get(f"/jobs/{waiting}/result")
    assert_error(answer, 409, "JOB_NOT_READY")
    assert int(answer.headers["Retry-After"]) >= 1


def test_after_all_of_it_the_workers_children_are_those_of_the_start(
    stack: Stack, children: list[psutil.Process]
) -> None:
    worker = stack.programs["cpu_processing"]

    assert worker.pool() == children
    assert all(child.rlimit(psutil.RLIMIT_AS)[0] != psutil.RLIM_INFINITY for child in children)
    assert "worker.lost" not in worker.text()
    assert "step.crashed" not in worker.text()
    assert "request.crashed" not in stack.programs["web"].text()
    assert stack.api.run("/convert", {"imageData": PNG, "format": "webp"})["variants"]
