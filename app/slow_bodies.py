"""A limit for the time that a request's body may take, which gunicorn's gevent worker lacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import gevent
from gevent import monkey

from app.contracts.errors import RequestTimedOut

T = TypeVar("T")
Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]


class SlowBodies:
    """WSGI middleware: a body that is not there in time is RequestTimedOut where it is read.

    Without gevent nothing happens: only under it can a read be interrupted.
    """

    def __init__(self, app: WsgiApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Hand the request on with its body under the clock."""
        if monkey.is_module_patched("socket"):
            environ["wsgi.input"] = _TimedInput(environ["wsgi.input"], self._seconds)
        return self._app(environ, start_response)


class _TimedInput:
    """A wsgi.input; its time begins with the first read, and all reads share it."""

    def __init__(self, body: Any, seconds: float) -> None:
        self._body = body
        self._seconds = seconds
        self._end: float | None = None

    def read(self, *size: int) -> bytes:
        """Bytes, as wsgi.input reads them; RequestTimedOut once the time is over."""
        return self._in_time(lambda: bytes(self._body.read(*size)))

    def readline(self, *size: int) -> bytes:
        """One line of it."""
        return self._in_time(lambda: bytes(self._body.readline(*size)))

    def readlines(self, *hint: int) -> list[bytes]:
        """Its lines."""
        return self._in_time(lambda: list(self._body.readlines(*hint)))

    def __iter__(self) -> Iterable[bytes]:
        return iter(self.readline, b"")

    def _in_time(self, read: Callable[[], T]) -> T:
        now = time.monotonic()
        self._end = self._end or now + self._seconds
        sentence = f"The body did not arrive within {self._seconds:g} seconds."
        late = RequestTimedOut(sentence, {"limitSeconds": self._seconds})
        with gevent.Timeout(max(self._end - now, 0.001), late):
            return read()
