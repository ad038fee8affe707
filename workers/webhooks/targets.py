"""Where a webhook may go: its host is resolved once, and every address must be public."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from threading import Thread

from app.contracts.addresses import is_public, literal, never_public
from app.contracts.webhooks import Target

Resolve = Callable[[str, int], list[str]]  # host and port to addresses; OSError for none


class TargetRefused(Exception):
    """The target is not on the open internet; asking again will not change it."""


class TargetUnknown(Exception):
    """The target's name has no address now."""


def resolve(host: str, port: int) -> list[str]:
    """What this machine's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Targets:
    """The rules of this deployment, and its DNS."""

    allow_http: bool
    allow_private: bool
    dns_seconds: float
    resolve: Resolve = resolve

    def addresses(self, target: Target, seconds: float) -> list[str]:
        """The addresses to connect to, all of them checked; TargetRefused or TargetUnknown."""
        if target.scheme != "https" and not self.allow_http:
            raise TargetRefused("The URL is not https.")
        if never_public(target.host) and not self.allow_private:
            raise TargetRefused("The host is not on the open internet.")
        spelled = literal(target.host)
        found = [spelled] if spelled else self._ask(target, min(seconds, self.dns_seconds))
        # One private address among public ones is how a rebinding name looks.
        if not self.allow_private and not all(is_public(address) for address in found):
            raise TargetRefused("The host's name leads to an address that is not public.")
        return found

    def _ask(self, target: Target, seconds: float) -> list[str]:
        """Ask the DNS in a thread of its own, for getaddrinfo knows no time limit."""
        answer: Future[list[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self.resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                answer.set_exception(error)

        Thread(target=ask, name="dns", daemon=True).start()
        try:
            found = answer.result(seconds)
        except FutureTimeout:
            raise TargetUnknown("The host's name was not resolved in time.") from None
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise TargetUnknown("The host's name could not be resolved.")
        return found
