"""The deliveries of webhooks in Redis: who is to be told, who is telling, what became of it.

A delivery is not a job. The step that ends a job puts its id into `imajin:webhooks:due`; the
scripts in lua/webhooks take it from there:

    due -> line of its host -> out (a message is sent) -> claim -> settle
              ^                        '- lease runs out ----'        |
              '------------------ a pause, where it is to be tried again

At most `webhook_host_limit` are out to one host, so that a host that hangs delays itself alone.
Times are Redis's own.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from redis.commands.core import Script

from app.contracts.tasks import Queue
from app.contracts.webhooks import Order, Webhook
from app.ledger import PREFIX, RESULT_PREFIX, RedisClient
from app.ledger_records import job_of_meta
from config.settings import Settings

LUA = Path(__file__).parent / "lua" / "webhooks"
OWN = PREFIX + "webhooks:"
DUE = OWN + "due"
LINES = OWN + "lines"
OPEN = OWN + "open"
JOB = PREFIX + "job:"
KEPT_ROWS = 50
DISABLED_SECONDS = 30 * 86400
LEASE_MARGIN = 5.0  # seconds beyond an attempt's own limit


class Deliveries:
    """All deliveries. Every method raises redis.RedisError where Redis cannot be used."""

    def __init__(self, redis: RedisClient, settings: Settings) -> None:
        self._redis = redis
        self._limit = settings.webhook_host_limit
        self._room = 2 * settings.webhook_threads
        self._lease_ms = int((settings.webhook_timeout + LEASE_MARGIN) * 1000)
        lines = (LUA / "_lines.lua").read_text(encoding="utf-8")
        self._scripts: dict[str, Script] = {
            path.stem: redis.register_script(lines + path.read_text(encoding="utf-8"))
            for path in LUA.glob("[a-z]*.lua")
        }

    # --- the worker's side

    def take(self) -> list[str]:
        """The ids of jobs whose message is to be sent now; each comes again if nobody claims it."""
        return list(
            self._scripts["round"](
                keys=[DUE, LINES, OPEN, Queue.WEBHOOKS.value],
                args=[OWN, JOB, self._room, self._limit, self._lease_ms],
            )
        )

    def claim(self, job_id: str, nonce: str) -> Order | str:
        """Take one delivery, or say why not: "over" or "busy"; `nonce` names this message."""
        found = self._scripts["claim"](
            keys=[_record(job_id), JOB + job_id, RESULT_PREFIX + job_id],
            args=[OWN, job_id, nonce, self._lease_ms],
        )
        if found[0] != "ok":
            return str(found[0])
        _, line, attempt, tries, forced, webhook, meta = found
        job, read = job_of_meta(meta), Webhook.from_json(json.loads(webhook))
        disabled = not forced and self._is_disabled(job.owner, read.target.url)
        return Order(job, read, line, nonce, int(attempt), int(tries), disabled)

    def settle(self, order: Order, row: dict[str, Any] | None, pause: float | None) -> bool:
        """Log an attempt and end the delivery, or try again after a pause; False if not held."""
        job_id = order.job.id
        outcome = self._scripts["settle"](
            keys=[_record(job_id), JOB + job_id, _log(job_id), LINES, OPEN],
            args=[
                *(OWN, job_id, order.line, order.nonce),
                json.dumps(row, ensure_ascii=False) if row else "",
                "" if pause is None else int(pause * 1000),
                *(KEPT_ROWS, self._limit),
            ],
        )
        return bool(outcome == "ok")

    def disable(self, owner: str, url: str) -> None:
        """Send nothing more of this owner's to this URL, until a redelivery to it succeeds."""
        seconds, _ = self._redis.time()
        self._redis.zadd(_disabled(owner), {_digest(url): seconds})
        self._redis.expire(_disabled(owner), DISABLED_SECONDS)

    def enable(self, owner: str, url: str) -> None:
        """Undo `disable`."""
        self._redis.zrem(_disabled(owner), _digest(url))

    def _is_disabled(self, owner: str, url: str) -> bool:
        return self._redis.zscore(_disabled(owner), _digest(url)) is not None

    # --- the gateway's side

    def rows(self, job_id: str) -> list[dict[str, Any]]:
        """The attempts so far, oldest first, the last fifty of them."""
        return [json.loads(row) for row in self._redis.lrange(_log(job_id), 0, -1)]

    def webhook(self, job_id: str) -> Webhook | None:
        """What the job's client asked for."""
        found = self._redis.hget(JOB + job_id, "webhook")
        return Webhook.from_json(json.loads(found)) if found else None

    def redeliver(self, job_id: str) -> None:
        """Send the ended job's webhook once more, now, also to a URL that is disabled."""
        self._scripts["redeliver"](
            keys=[_record(job_id), JOB + job_id, DUE, LINES, OPEN],
            args=[OWN, job_id, self._limit],
        )

    def depth(self) -> tuple[int, float | None]:
        """How many deliveries have not ended, and the age in seconds of the oldest."""
        firsts = [self._redis.zrange(key, 0, 0, withscores=True) for key in (DUE, OPEN)]
        seconds, micros = self._redis.time()
        since = [found[0][1] / 1e3 for found in firsts if found]
        age = max(0.0, seconds + micros / 1e6 - min(since)) if since else None
        return int(self._redis.zcard(DUE)) + int(self._redis.zcard(OPEN)), age


def _record(job_id: str) -> str:
    return f"{OWN}job:{job_id}"


def _log(job_id: str) -> str:
    return f"{OWN}log:{job_id}"


def _disabled(owner: str) -> str:
    return f"{OWN}disabled:{owner}"


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
