"""A client of event streams: Server-Sent Events as they come, one after another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

TERMINAL = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Sent:
    """One event; a comment has no name, and its text as data."""

    name: str
    id: int | None
    data: Any


@contextmanager
def stream(base_url: str, path: str, **headers: str) -> Iterator[httpx.Response]:
    """The open answer to a request for events; its connection ends with the block."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with (
        httpx.Client(base_url=base_url, timeout=90) as client,
        client.stream("GET", path, headers=given) as answer,
    ):
        yield answer


def sent(answer: httpx.Response) -> Iterator[Sent]:
    """The events and comments of a stream, to its end; called again, it goes on."""
    fields: dict[str, str] = {}
    lines = answer.extensions.setdefault("lines", answer.iter_lines())
    for line in lines:
        if line.startswith(":"):
            yield Sent("", None, line[1:].strip())
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Sent(fields["event"], int(fields["id"]), json.loads(fields["data"]))
            fields = {}


def events(base_url: str, path: str, **headers: str) -> list[Sent]:
    """All events of a stream that ends, without its comments."""
    with stream(base_url, path, **headers) as answer:
        assert answer.status_code == 200, answer.read()
        return [event for event in sent(answer) if event.name]
