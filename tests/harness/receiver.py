"""An endpoint for webhooks: keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from tests.harness.programs import wait_until


@dataclass(frozen=True)
class Received:
    """One POST: when it was read, its path, headers and body."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Says:
    """An answer, after `hold` seconds; a `drip` sends its body a byte in so many seconds."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: float = 0.0
    body: bytes = b""
    drip: float = 0.0


class Receiver:
    """A server on loopback; `answers` are given in turn, the last one for ever."""

    def __init__(self, *answers: Says, tls: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers) or [Says()]
        self.received: list[Received] = []
        self.stopping = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.handle(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Keep the request, then give the next answer."""
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        says = self.answers[min(len(self.received), len(self.answers) - 1)]
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(time.time(), request.path, headers, body))
        self.stopping.wait(says.hold)
        try:
            request.send_response(says.status)
            for name, value in says.headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(says.body)))
            request.end_headers()
            for byte in says.body if says.drip else b"":
                self.stopping.wait(says.drip)
                request.wfile.write(bytes([byte]))
            if not says.drip:
                request.wfile.write(says.body)
        except OSError:
            request.close_connection = True  # the sender has left

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def url(self, path: str = "/hook") -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}{path}"

    def wait_for(self, count: int, seconds: float = 60) -> list[Received]:
        """What was received, once it is so much."""
        wait_until(lambda: len(self.received) >= count, seconds, f"{count} webhooks come in")
        return self.received
