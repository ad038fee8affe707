"""Where Redis is: REDIS_URL, or the embedded server that announces itself in the data folder."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from config.settings import Settings

ANNOUNCEMENT = "redis.json"
WAIT_SECONDS = 30.0


class RedisNotRunning(RuntimeError):
    """REDIS_URL is unset and no embedded server has announced itself."""


@dataclass(frozen=True)
class Announcement:
    """The embedded server's port, the process that runs it, and the server's password."""

    port: int
    pid: int
    password: str = ""

    @property
    def url(self) -> str:
        """The server's URL."""
        login = f":{self.password}@" if self.password else ""
        return f"redis://{login}127.0.0.1:{self.port}/0"

    def alive(self) -> bool:
        """Whether the announcing process still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def announce(data_dir: Path, announcement: Announcement) -> None:
    """Write the announcement in one piece, for this user alone."""
    path = data_dir / ANNOUNCEMENT
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    draft.write_text(json.dumps(asdict(announcement)))
    draft.replace(path)


def withdraw(data_dir: Path) -> None:
    """Remove the announcement."""
    (data_dir / ANNOUNCEMENT).unlink(missing_ok=True)


def announced(data_dir: Path) -> Announcement | None:
    """The running embedded server, if there is one."""
    try:
        found = Announcement(**json.loads((data_dir / ANNOUNCEMENT).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return found if found.alive() else None


def redis_url(settings: Settings, wait_seconds: float = WAIT_SECONDS) -> str:
    """REDIS_URL, or the embedded server's URL once it is announced.

    Processes of one Procfile start at the same time, so this waits for the announcement;
    RedisNotRunning where none comes.
    """
    if settings.redis_url:
        return settings.redis_url.get_secret_value()
    deadline = time.monotonic() + wait_seconds
    while True:
        found = announced(settings.data_dir)
        if found:
            return found.url
        if time.monotonic() > deadline:
            raise RedisNotRunning(
                "No Redis: REDIS_URL is unset and the embedded server does not run. "
                "Start it with `make up` (or the Procfile's redis line), or set REDIS_URL."
            )
        time.sleep(0.05)
