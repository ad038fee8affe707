"""A REST client for tests: httpx with the job routes' round trips."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx

from tests.harness.programs import wait_until

ENDED = ("succeeded", "failed", "cancelled")
_INSIDE = re.compile(r"Traceback|\bFile \"|\.py\b|(?<![\w.])/[\w.-]+/[\w.-]+|\bat 0x")


class Api:
    """The service as its clients see it."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=150)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """POST JSON; header names are given with underscores."""
        return self.http.post(path, json=body, headers=_headers(headers))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET with these headers."""
        return self.http.get(path, headers=_headers(headers))

    def submit(self, path: str, body: Any) -> str:
        """The id of a job accepted by the /async twin."""
        answer = self.post(f"{path}/async", body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        """One poll."""
        answer = self.get(f"/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ended(self, job_id: str, seconds: float = 90) -> dict[str, Any]:
        """The job's last poll, once it has ended."""
        deadline = time.monotonic() + seconds
        while True:
            job = self.job(job_id)
            if job["status"] in ENDED:
                return job
            if time.monotonic() > deadline:
                raise AssertionError(f"the job did not end within {seconds:g} s: {job}")
            time.sleep(0.1)

    def processing(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The first poll in which the job is at work; AssertionError where it has ended."""
        seen: list[dict[str, Any]] = []

        def started() -> bool:
            seen.append(self.job(job_id))
            assert seen[-1]["status"] not in ENDED, f"it ended too soon: {seen[-1]}"
            return bool(seen[-1]["status"] == "processing")

        wait_until(started, seconds, "the job is at work", pause=0.02)
        return seen[-1]

    def result(self, job_id: str, seconds: float = 90) -> dict[str, Any]:
        """A job's result, once it has succeeded."""
        job = self.ended(job_id, seconds)
        assert job["status"] == "succeeded", job
        answer = self.get(f"/jobs/{job_id}/result")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def run(self, path: str, body: Any, seconds: float = 90) -> dict[str, Any]:
        """The result of a job sent to the /async twin."""
        return self.result(self.submit(path, body), seconds)


def _headers(given: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}


def assert_error(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is this error in the one shape; returns its details."""
    assert answer.headers["Content-Type"] == "application/json", answer.text[:300]
    body = answer.json()
    assert (answer.status_code, body.get("code")) == (status, code), body
    assert_shape(body)
    details: dict[str, Any] = body["details"]
    return details


def assert_shape(body: dict[str, Any]) -> None:
    """Exactly error, code and details; the sentence gives nothing of the inside away."""
    assert set(body) == {"error", "code", "details"}
    sentence = body["error"]
    assert isinstance(sentence, str) and sentence.strip()
    assert isinstance(body["details"], dict)
    assert not _INSIDE.search(sentence), sentence
