"""The gate: which key a request brings, whether it may do this, and how often."""

from __future__ import annotations

import re

from flask import Response, g, request
from redis.exceptions import RedisError

from app.callers import ANYONE, Caller
from app.contracts.errors import Forbidden, QueueUnavailable, Unauthorized
from app.keys.key import Key
from app.services import services

# By blueprint, or by one route of it. What stands nowhere here needs the scope admin, so that a
# new route is closed until somebody says to whom it is open.
PUBLIC = {"service.healthz", "service.readyz", "api-docs", "docs"}
ANY_KEY = ""
SCOPES = {
    "analyze": "analyze",
    "generate": "generate",
    "derivatives": "derive",
    "verify": "derive",
    "jobs": ANY_KEY,  # of its own tenant's jobs
    "deliveries": ANY_KEY,
    "service.models": ANY_KEY,
    "service.presets": ANY_KEY,
}
WITHOUT_REDIS = {"service.models", "service.presets"}

_QUERY_KEYS = {"api_key", "apikey", "api-key", "key", "access_token", "token"}
_LOOKS_LIKE_A_KEY = re.compile(r"imj_[0-9a-f]{12}_")


def admit() -> None:
    """Let the request in and set its caller.

    Raises Unauthorized, Forbidden, RateLimited, or QueueUnavailable where Redis cannot tell.
    """
    endpoint = request.endpoint
    if endpoint is None or public(endpoint):
        return
    key = None
    try:
        key = _key()
        if key is not None:
            _within_scope(key, endpoint)
            _within_rate(key)
    except RedisError as error:
        known = key is not None or services().keys.was_open
        if endpoint not in WITHOUT_REDIS or not known:
            raise QueueUnavailable("Redis cannot be reached. Try again later.") from error
    g.caller = ANYONE if key is None else Caller.of_key(key)


def show_rate(response: Response) -> Response:
    """Put what the key has left of its rate on the answer."""
    if "standing" in g:
        response.headers.update(g.standing.headers())
    return response


def public(endpoint: str) -> bool:
    """Whether a route is open to everybody."""
    return endpoint in PUBLIC or _blueprint(endpoint) in PUBLIC


def needed_scope(endpoint: str) -> str:
    """The scope that a route needs; ANY_KEY where a valid key is enough."""
    return SCOPES.get(endpoint, SCOPES.get(_blueprint(endpoint), "admin"))


def _blueprint(endpoint: str) -> str:
    return endpoint.split(".")[0]


def _key() -> Key | None:
    """The key of this request; None where it has none and needs none."""
    ring = services().keys
    text = _sent_key()
    if not ring.required() and not _LOOKS_LIKE_A_KEY.match(text):
        return None
    key = ring.key_of(text) if text else None
    if key is None:
        standing = services().rates.of_wrong_key(request.remote_addr or "")
        if not standing.within:
            raise standing.refusal("Too many requests without a valid key.")
        raise Unauthorized(_why_not(text), {})
    return key


def _why_not(text: str) -> str:
    if text:
        return "This API key is not valid."
    return "An API key is needed: send it as `Authorization: Bearer imj_…` or as `X-Api-Key`."


def _sent_key() -> str:
    """The text sent as a key, in a header and nowhere else; "" where there is none."""
    for name, value in request.args.items(multi=True):
        if name.lower() in _QUERY_KEYS or _LOOKS_LIKE_A_KEY.match(value):
            raise Unauthorized(
                "An API key in the address would end up in logs and histories: send it as "
                "`Authorization: Bearer imj_…` or as `X-Api-Key`.",
                {},
            )
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return token.strip() or "-"
    return request.headers.get("X-Api-Key", scheme).strip()


def _within_scope(key: Key, endpoint: str) -> None:
    scope = needed_scope(endpoint)
    if scope != ANY_KEY and scope not in key.scopes:
        sentence = f"This API key lacks the scope {scope!r}, which this route needs."
        raise Forbidden(sentence, {"scope": scope})


def _within_rate(key: Key) -> None:
    standing = services().rates.of_key(key)
    if standing is not None:
        g.standing = standing
        if not standing.within:
            raise standing.refusal(f"More requests than this key's rate of {key.rate} allows.")
