"""How requests are read: strict JSON through webargs, request ids, Prefer (RFC 7240)."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Request, Response, current_app, g, request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import parse_dict_header

from app import strict_json
from app.contracts.errors import InvalidRequest
from app.contracts.jobs import Priority

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class StrictParser(FlaskParser):
    """Reads the body as JSON and nothing else, and refuses unknown fields and parameters."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": "raise", "query": "raise", "headers": "exclude"}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The parsed body; UnsupportedMediaType, RequestEntityTooLarge or MalformedJson."""
        if not req.is_json:
            raise UnsupportedMediaType
        body = req.get_data()
        if req.content_length is None:
            req.stream.read(1)  # a chunked body was cut at the limit in silence; now it is refused
        return strict_json.loads(body, current_app.config["MAX_JSON_DEPTH"])

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Turn marshmallow's messages into INVALID_REQUEST, one entry a field path."""
        details: dict[str, list[str]] = {}
        # webargs nests the messages by location: json or query
        for messages in error.messages_dict.values():
            _flatten("", messages, details)
        fields = ", ".join(sorted(details))
        raise InvalidRequest(f"The request was refused; see details: {fields}.", details)


def _flatten(path: str, messages: Any, into: dict[str, list[str]]) -> None:
    if isinstance(messages, dict):
        for name, below in messages.items():
            step = path if name == "_schema" else f"{path}.{name}".lstrip(".")
            _flatten(step, below, into)
    else:
        sentences = messages if isinstance(messages, list) else [messages]
        into.setdefault(path or "body", []).extend(str(sentence) for sentence in sentences)


def begin() -> None:
    """Give the request its id: the client's own if it is well formed."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def finish(response: Response) -> Response:
    """Name the request in its answer."""
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    return response


@dataclass(frozen=True)
class Preference:
    """What the Prefer header asks for; what it says badly is ignored, as RFC 7240 wants."""

    respond_async: bool = False
    wait: int | None = None

    @classmethod
    def of_request(cls) -> Preference:
        """Read this request's Prefer header."""
        header = request.headers.get("Prefer", "").replace(";", ",")
        given = {name.lower(): value for name, value in parse_dict_header(header).items()}
        wait = given.get("wait") or ""
        return cls(
            respond_async="respond-async" in given,
            wait=min(max(int(wait), 1), 120) if wait.isascii() and wait.isdigit() else None,
        )


@dataclass(frozen=True)
class Asked:
    """A work POST beside what its body says: its urgency, to be done only once, its bytes."""

    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None
    fingerprint: str = ""
    size: int = 0

    @classmethod
    def of_request(cls, query: dict[str, Any], headers: dict[str, Any]) -> Asked:
        """Read what the schemas found; only a request with a key is worth a fingerprint."""
        priority, key = Priority(query["priority"]), headers.get("idempotency_key")
        fingerprint = _fingerprint(priority) if key else ""
        return cls(priority, key, fingerprint, len(request.get_data()))


def asked() -> Asked:
    """What this request asks for."""
    found: Asked = g.get("asked", Asked())
    return found


def _fingerprint(priority: Priority) -> str:
    """Equal for two requests that say the same, however their JSON is written."""
    body = strict_json.loads(request.get_data(), current_app.config["MAX_JSON_DEPTH"])
    said = json.dumps([request.path, priority.value, body], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
