"""How often a key, or an address with wrong keys, may ask: counted in Redis for all gateways."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from app.contracts.errors import RateLimited
from app.keys.key import Key, rate_of
from app.ledger import PREFIX, RedisClient


@dataclass(frozen=True)
class Standing:
    """Where a request stands in its rate: whether it is within, what is left, until when."""

    within: bool
    limit: int
    window: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers: the policy, and how much of it is left."""
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={self.window}',
            "RateLimit": f'"key";r={self.remaining};t={self.reset}',
        }

    def refusal(self, sentence: str) -> RateLimited:
        """The error that says when to come again."""
        details = {"limit": self.limit, "window": self.window, "retryAfter": self.reset}
        return RateLimited(f"{sentence} Try again in {self.reset} s.", details)


class Rates:
    """The counters. Both methods raise redis.RedisError where Redis cannot be used."""

    def __init__(self, redis: RedisClient, wrong_keys_per_minute: int) -> None:
        storage = RedisStorage(
            "redis://", connection_pool=redis.connection_pool, key_prefix=PREFIX + "rate"
        )
        self._moving = MovingWindowRateLimiter(storage)
        self._fixed = FixedWindowRateLimiter(storage)
        self._wrong = RateLimitItemPerMinute(wrong_keys_per_minute, namespace="wrong")

    def of_key(self, key: Key) -> Standing | None:
        """Count a request of this key; None where the key has no rate."""
        return _hit(self._moving, rate_of(key.rate), key.id) if key.rate else None

    def of_wrong_key(self, address: str) -> Standing:
        """Count a request that was refused."""
        return _hit(self._fixed, self._wrong, _network(address))


def _hit(limiter: RateLimiter, rate: RateLimitItem, who: str) -> Standing:
    within = limiter.hit(rate, who)
    moment, remaining = limiter.get_window_stats(rate, who)
    reset = max(1, math.ceil(moment - time.time()))
    return Standing(within, rate.amount, rate.get_expiry(), remaining, reset)


def _network(address: str) -> str:
    """An IPv4 address, or the /64 an IPv6 one is in, for a host has all of it to itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return address if found.version == 4 else str(ip_network(f"{found}/64", strict=False))
