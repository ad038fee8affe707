"""What must hold before the gateway serves: a key, or nobody but this machine to serve."""

from __future__ import annotations

import logging

from redis.exceptions import RedisError

from app.keys.store import KeyStore
from config.settings import Settings

log = logging.getLogger("imajin.keys")

MAKE_ONE = "`python -m app.keys create --name … --scopes analyze,generate,derive`"


class NoKey(RuntimeError):
    """The service would be open to everyone who reaches it."""


def check_keys(settings: Settings, store: KeyStore) -> None:
    """Say who is let in; NoKey where that would be everyone and nobody said so."""
    try:
        made = store.any()
    except RedisError as error:
        log.warning("keys.unknown until Redis answers nobody is let in: %s", error)
        return
    if made:
        log.info("keys.required each request needs an API key")
    elif settings.loopback:
        log.warning(
            "keys.none everyone on this machine may use the service, which listens on %s only; "
            "make a key with %s",
            *(settings.host, MAKE_ONE),
        )
    elif settings.open_to_all:
        log.warning("keys.none everyone who reaches %s may use the service", settings.host)
    else:
        raise NoKey(
            f"There is no API key, and IMAJIN_HOST={settings.host} would let in everyone who "
            f"reaches it. Make a key with {MAKE_ONE}, or leave IMAJIN_HOST at 127.0.0.1, or set "
            "IMAJIN_OPEN_TO_ALL=1 if that is what you want."
        )
