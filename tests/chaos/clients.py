"""The clients: they post, post again, cancel, poll, and read each result twice."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import httpx

from tests.chaos.plan import Wanted
from tests.chaos.tally import Tally

PATIENCE = 180.0  # seconds that a client tries to get its job accepted
REFUSED = (400, 404, 405, 413, 415, 422)  # asking again would not help: a mistake of the plan
ENDED = ("succeeded", "failed", "cancelled")


class Poster(threading.Thread):
    """Takes jobs from the plan as they come due and posts each until it is accepted."""

    def __init__(self, base_url: str, due: queue.Queue[Wanted | None], followed: Follower) -> None:
        super().__init__(name="poster", daemon=True)
        self._http = httpx.Client(base_url=base_url, timeout=20)
        self._due = due
        self._followed = followed
        self.answers: Counter[str] = Counter()

    def run(self) -> None:
        """Until the plan is at its end."""
        with self._http:
            while (wanted := self._due.get()) is not None:
                self._send(wanted)

    def _send(self, wanted: Wanted) -> None:
        twin = threading.Thread(target=self._accepted, args=(wanted,), daemon=True)
        if wanted.twice:
            twin.start()
        job_id = self._accepted(wanted)
        if wanted.twice:
            twin.join()
        if job_id and wanted.cancel_after is not None:
            time.sleep(wanted.cancel_after)
            self._cancel(job_id)

    def _accepted(self, wanted: Wanted) -> str | None:
        """Post with one key until 202; what is not accepted for so long is nobody's promise."""
        deadline = time.monotonic() + PATIENCE
        headers = {"Idempotency-Key": wanted.key}
        while time.monotonic() < deadline:
            try:
                answer = self._http.post(wanted.route, json=wanted.body, headers=headers)
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[_short(answer)] += 1
                if answer.status_code == 202:
                    job_id = str(answer.json()["jobId"])
                    self._followed.follow(wanted, job_id)
                    return job_id
                if answer.status_code in REFUSED:
                    return None
            time.sleep(0.3)
        return None

    def _cancel(self, job_id: str) -> None:
        for _ in range(20):
            try:
                if self._http.delete(f"/jobs/{job_id}").status_code < 500:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.3)


class Follower(threading.Thread):
    """Polls every accepted job until it ends, and reads its result."""

    def __init__(self, base_url: str, tally: Tally) -> None:
        super().__init__(name="follower", daemon=True)
        self._http = httpx.Client(base_url=base_url, timeout=20)
        self._tally = tally
        self._lock = threading.Lock()
        self._open: dict[str, str] = {}
        self._stopping = threading.Event()
        self.ends: dict[str, dict[str, Any]] = {}
        self.kinds: dict[str, str] = {}
        self.unreadable: set[str] = set()  # succeeded, and the result cannot be had

    def follow(self, wanted: Wanted, job_id: str) -> None:
        """This job was promised to a client."""
        self._tally.accepted(wanted.key, job_id)
        with self._lock:
            if job_id not in self.kinds:
                self.kinds[job_id] = wanted.kind
                self._open[job_id] = wanted.kind

    @property
    def waiting(self) -> list[str]:
        """The jobs that have not been seen to end."""
        with self._lock:
            return list(self._open)

    def run(self) -> None:
        """Round after round."""
        while not self._stopping.wait(0.25):
            self.look(self.waiting)

    def stop(self) -> None:
        """End the rounds."""
        self._stopping.set()
        self.join()

    def look(self, jobs: Iterable[str]) -> None:
        """Poll these once; what cannot be reached now is polled again."""
        for job_id in jobs:
            try:
                self._poll(job_id)
            except httpx.TransportError:
                time.sleep(0.3)

    def _poll(self, job_id: str) -> None:
        answer = self._http.get(f"/jobs/{job_id}")
        if answer.status_code != 200 or answer.json()["status"] not in ENDED:
            return
        job = answer.json()
        self._tally.ended(job_id, {"status": job["status"], "error": job.get("error")})
        if job["status"] == "succeeded":
            result = self._http.get(f"/jobs/{job_id}/result")
            if result.status_code >= 500:
                return
            if result.status_code != 200:
                self.unreadable.add(job_id)
            self._tally.read(job_id, result.content)
        with self._lock:
            self._open.pop(job_id, None)
            self.ends[job_id] = job


def seconds_to_end(job: dict[str, Any]) -> float:
    """From acceptance to the end, as the service has it."""
    begin, end = (datetime.fromisoformat(job[name]) for name in ("createdAt", "finishedAt"))
    return (end - begin).total_seconds()


def _short(answer: httpx.Response) -> str:
    if answer.status_code < 400:
        return str(answer.status_code)
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except (ValueError, KeyError):
        return f"{answer.status_code} without a code"
