"""Every error of the gateway, werkzeug's own included, becomes the one JSON shape here."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException

from app.contracts import errors

log = logging.getLogger("imajin.errors")

RETRY_AFTER = {
    "JOB_NOT_READY": 1,
    "QUEUE_FULL": 5,
    "QUEUE_UNAVAILABLE": 2,
    "STORAGE_UNAVAILABLE": 2,
    "STREAMS_FULL": 5,
}  # seconds

# werkzeug's statuses in our words; any other 4xx is INVALID_REQUEST, any other 5xx INTERNAL.
_SENTENCES: dict[int, tuple[type[errors.ImajinError], str]] = {
    400: (errors.MalformedJson, "The request could not be read."),
    404: (errors.NotFound, "There is no such route; /docs lists them."),
    405: (errors.MethodNotAllowed, "This route does not know this method."),
    406: (errors.NotAcceptable, "The answer cannot be given in the form you accept."),
    413: (errors.PayloadTooLarge, "The request body is too long."),
    415: (errors.UnsupportedMediaType, "Send the body as application/json."),
}


def register(app: Flask) -> None:
    """Put the three handlers on the app."""
    app.register_error_handler(errors.ImajinError, _imajin_error)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _bug)


def error_response(error: errors.ImajinError, status: int | None = None) -> Response:
    """The one shape, with Retry-After where trying again helps."""
    response = jsonify(error.as_json())
    response.status_code = status or error.status
    known = error.retry_after or RETRY_AFTER.get(error.code)
    again = error.details.get("retryAfter", known)
    if again is not None:
        response.headers["Retry-After"] = str(again)
    if isinstance(error, errors.Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="imajin"'
    elif isinstance(error, errors.Forbidden):
        needed = error.details.get("scope", "")
        challenge = f'Bearer realm="imajin", error="insufficient_scope", scope="{needed}"'
        response.headers["WWW-Authenticate"] = challenge
    return response


def _imajin_error(error: errors.ImajinError) -> Response:
    return error_response(error)


def _http_exception(exception: HTTPException) -> Response | HTTPException:
    status = exception.code or 500
    if status < 400:
        return exception
    response = error_response(_in_our_words(exception, status), status)
    for name, value in exception.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _in_our_words(exception: HTTPException, status: int) -> errors.ImajinError:
    if status in _SENTENCES:
        kind, sentence = _SENTENCES[status]
        return kind(sentence, _details(status))
    if status < 500:
        return errors.InvalidRequest(f"{exception.name}.", {})
    return errors.InternalError(f"{exception.name}.", {"requestId": g.get("request_id", "-")})


def _details(status: int) -> dict[str, Any]:
    from flask import current_app

    return {"limitBytes": current_app.config["MAX_CONTENT_LENGTH"]} if status == 413 else {}


def _bug(error: Exception) -> Response:
    request_id = g.get("request_id", "-")
    log.error("request.crashed %s", request_id, exc_info=error)
    sentence = "Imajin made a mistake; its log says more."
    return error_response(errors.InternalError(sentence, {"requestId": request_id}))
