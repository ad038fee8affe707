"""What a line of log may hold: no secret, nothing long, no line break."""

from __future__ import annotations

import logging
import re

LONGEST = 200  # characters of one value in a message; of a prompt, no more than a glimpse
LONGEST_LINE = 4_000

_SECRETS = (
    (re.compile(r"\b(imj_\w{12})_\w+", re.IGNORECASE), r"\1_…"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), "whsec_…"),
    # The password in a URL.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/?#@'\"]*):[^\s/?#@'\"]+@", re.IGNORECASE), r"\1:…@"),
    (
        re.compile(
            r"\b((?:proxy-)?authorization|x-api-key|cookie)\b(['\"]?\s*[:=,]\s*['\"]?)"
            r"(?:(?:bearer|basic)\s+)?[^\s'\",]+",
            re.IGNORECASE,
        ),
        r"\1\2…",
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/-]{16,}=*", re.IGNORECASE), r"\1 …"),
)
# What a terminal or a reader of lines acts upon; a client could forge a line with it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def redacted(text: str) -> str:
    """The text without keys, webhook secrets, passwords of URLs and credentials of headers."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def one_line(text: str) -> str:
    """The text with control characters written as escapes."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def cut(text: str, longest: int = LONGEST) -> str:
    """The text's beginning, and how much more there was."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def message_of(record: logging.LogRecord) -> str:
    """A record's message as it may be logged."""
    arguments = record.args
    try:
        if isinstance(arguments, tuple):
            arguments = tuple(_short(value) for value in arguments)
        elif arguments:
            arguments = {name: _short(value) for name, value in arguments.items()}
        text = str(record.msg) % arguments if arguments else str(record.msg)
    except (TypeError, ValueError, KeyError):  # logging would print the arguments as they are
        text = str(record.msg)
    return cut(one_line(redacted(text)), LONGEST_LINE)


def _short(value: object) -> object:
    """A value for a message; redacted before it is cut, for half a secret matches nothing."""
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return cut(redacted(text)) if len(text) > LONGEST else value
