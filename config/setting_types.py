"""Types of settings that need more than pydantic knows: lists with commas, URLs, secrets."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

from config.signing_keys import signing_keys


def _comma_list(value: Any) -> Any:
    return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _redis_url(value: str | None) -> str | None:
    if value and not value.startswith(("redis://", "rediss://", "sentinel://")):
        raise ValueError("it must start with redis://, rediss:// or sentinel://")
    return value


def _signing_keys(value: str | None) -> str | None:
    if value:
        signing_keys(value)
    return value or None


def _long_secret(value: str | None) -> str | None:
    if value and len(value) < 16:
        raise ValueError("it must have 16 characters or more")
    return value or None


RedisUrl = Annotated[SecretStr | None, BeforeValidator(_redis_url)]
GpuList = Annotated[tuple[int, ...], BeforeValidator(_comma_list)]
FloatList = Annotated[tuple[float, ...] | None, BeforeValidator(_comma_list)]
Seconds = Annotated[tuple[float, ...], BeforeValidator(_comma_list)]
SigningKeys = Annotated[SecretStr | None, BeforeValidator(_signing_keys)]
MarkKey = Annotated[SecretStr | None, BeforeValidator(_long_secret)]
