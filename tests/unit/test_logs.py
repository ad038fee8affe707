"""What a line of log holds, and what it never does."""

import json
import logging
import sys

import pytest

from app.keys.key import new_text
from config.logs import JsonLine, Prepared, TextLine
from config.redaction import LONGEST, redacted

KEY = new_text()[1]


def line(message: object, *arguments: object, shape: type[TextLine] = TextLine) -> str:
    """The line that a record becomes."""
    record = logging.LogRecord(
        "test", logging.INFO, __file__, 1, message, arguments, sys.exc_info()
    )
    if record.exc_info == (None, None, None):
        record.exc_info = None
    assert Prepared().filter(record)
    return shape("%(levelname)s %(name)s [%(job_id)s] %(message)s").format(record)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key {KEY} sent", KEY[17:]),
        (f"GET /models?api_key={KEY}&x=1", KEY[17:]),
        (f"({KEY!r},)", KEY[17:]),
        (KEY.upper(), KEY[17:].upper()),
        ("signed with whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD==", "C2FVsBQ"),
        ("at redis://:hunter2@10.0.0.1:6379/0", "hunter2"),
        ("at rediss://imajin:p%40ss:w0rd@redis/0;sentinel://u:other@b", "w0rd"),
        ("at sentinel://a:26379;sentinel://u:other@b:26379", "other"),
        ("s3://AKIA:wJalr+XUtn@host/bucket", "wJalr"),
        ("Authorization: Bearer abc", "abc"),
        ("{'Authorization': 'Basic aTpq'}", "aTpq"),
        ("[('X-Api-Key', 'short')]", "short"),
        ("authorization=abc", "abc"),
        ("sent Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc as token", "eyJhbGci"),
    ],
)
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert secret not in line(text)
    assert secret not in line("%s", text)
    assert secret not in line("%r", [text], shape=JsonLine)


@pytest.mark.parametrize(
    "text",
    [
        "Imajin listens on http://127.0.0.1:8000, docs at /docs",
        "Connected to redis://127.0.0.1:6379/0",
        "https://example.org/a:b@c?x=1@2",
        "key.use_not_noted 0123456789ab Error 111",
        "the bearer of this is basic training",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert line("%s", text).endswith(text)


def test_the_keys_id_stays_readable() -> None:
    assert redacted(KEY) == f"{KEY[:16]}_…"


def test_a_client_cannot_forge_a_line() -> None:
    shown = line("request %s", "x\n2026-01-01 INFO forged\r\u2028\x1b[2J\x85")

    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown
    assert r"x\n2026-01-01 INFO forged\r" in shown


def test_a_long_value_is_cut_and_the_secret_in_it_first() -> None:
    shown = line("at %s: %d", "a" * (LONGEST - 10) + KEY + "b" * 5000, 7)

    assert len(shown) < LONGEST + 100
    assert KEY[17:24] not in shown
    assert "characters): 7" in shown


def test_named_arguments_are_cut_too() -> None:
    shown = line("%(name)s took %(seconds).1f s", {"name": "n" * 999, "seconds": 1.25})

    assert "took 1.2 s" in shown and len(shown) < LONGEST + 100


def test_a_message_that_does_not_fit_its_values_shows_none_of_them() -> None:
    assert line("%d items", "canary").endswith("%d items")


@pytest.mark.parametrize("shape", [TextLine, JsonLine])
def test_a_traceback_holds_no_secret_and_no_line_of_its_own(shape: type[TextLine]) -> None:
    try:
        raise ValueError(f"cannot use {KEY}\n2026-01-01 INFO forged")
    except ValueError:
        shown = line("crashed", shape=shape)

    assert KEY[17:] not in shown
    if shape is JsonLine:
        assert "ValueError" in json.loads(shown)["exception"]
        assert len(shown.splitlines()) == 1
    else:
        first, *rest = shown.splitlines()
        assert first.endswith("crashed") and "ValueError" in shown
        assert all(one.startswith("    | ") for one in rest)
