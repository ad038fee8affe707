"""One POST to an endpoint: to checked addresses, under one deadline, reading little of the answer.

httpcore alone, below httpx: its network backend is where the address is pinned, while the Host
header and the name that TLS checks stay those of the URL; and no proxy of the environment is used.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpcore

from app.contracts.webhooks import BadTarget, Target
from workers.webhooks.targets import TargetRefused, Targets

MOST_BYTES = 65536  # of an answer
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 307, 308)


class SendFailed(Exception):
    """No answer: no connection, no TLS, or no time; the message is a sentence."""


@dataclass(frozen=True)
class Answer:
    """What the endpoint said."""

    status: int
    retry_after: str | None = None


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """The seconds left, or fewer; httpcore's ReadTimeout where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if most is None else min(left, most)


class _Stream(httpcore.NetworkStream):
    """A connection each of whose waits ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes that came."""
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        """End the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection in TLS, with the certificate checked for the URL's host."""
        left = self._deadline.left(timeout)
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, left)
        except httpcore.ConnectError:
            raise SendFailed("The endpoint's TLS or certificate was not accepted.") from None
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about the socket."""
        return self._inner.get_extra_info(info)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the given addresses, whatever host is asked for."""

    def __init__(self, addresses: list[str], deadline: _Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """The first connection that comes about."""
        last: Exception = httpcore.ConnectError()
        for address in self._addresses:
            left = self._deadline.left(timeout)
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, left)
                return _Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


@dataclass(frozen=True)
class Sender:
    """Posts to targets that the rules allow, with the certificates to trust."""

    targets: Targets
    tls: ssl.SSLContext
    seconds: float
    connect_seconds: float

    def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """The endpoint's answer after redirects; TargetRefused, TargetUnknown or SendFailed."""
        deadline = _Deadline(self.seconds)
        try:
            for _ in range(MOST_REDIRECTS):
                answer, location = self._once(target, headers, body, deadline)
                if answer.status not in REDIRECTS or location is None:
                    return answer
                target = _next(target, location)
            return self._once(target, headers, body, deadline)[0]
        except httpcore.ConnectTimeout:
            raise SendFailed("The endpoint could not be connected to in time.") from None
        except httpcore.TimeoutException:
            raise SendFailed(f"No answer within {self.seconds:g} s.") from None
        except httpcore.ConnectError:
            raise SendFailed("The endpoint could not be connected to.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise SendFailed("The endpoint broke the connection off.") from None

    def _once(
        self, target: Target, headers: Mapping[str, str], body: bytes, deadline: _Deadline
    ) -> tuple[Answer, str | None]:
        addresses = self.targets.addresses(target, deadline.left())
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        sent = {"Host": target.authority, "Content-Length": str(len(body)), **headers}
        with (
            httpcore.ConnectionPool(
                ssl_context=self.tls, network_backend=_Pinned(addresses, deadline), retries=0
            ) as pool,
            pool.stream(
                "POST",
                url,
                headers=[(name.encode(), value.encode()) for name, value in sent.items()],
                content=body,
                extensions={"timeout": {"connect": self.connect_seconds}},
            ) as response,
        ):
            _read_some(response)
            found = {name.lower(): value.decode("latin-1") for name, value in response.headers}
            answer = Answer(response.status, found.get(b"retry-after"))
            return answer, found.get(b"location")


def _read_some(response: httpcore.Response) -> None:
    """Read the answer's first bytes, so that a polite endpoint is not cut off; forget them."""
    length = 0
    for chunk in response.iter_stream():
        length += len(chunk)
        if length >= MOST_BYTES:
            return


def _next(target: Target, location: str) -> Target:
    try:
        return Target.parse(urljoin(target.url, location))
    except (BadTarget, ValueError):
        raise TargetRefused("The endpoint redirects to what is no usable URL.") from None
