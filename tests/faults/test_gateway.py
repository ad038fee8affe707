"""Gateways that die in the midst of a submit, clients that ask twice or hang up."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from app.submissions import Submission
from tests.faults.watching import starts
from tests.harness.client import assert_error
from tests.harness.images import quick_request
from tests.harness.programs import ROOT, Program, environment, wait_until
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

REQUEST = quick_request()
HANG_UP = struct.pack("ii", 1, 0)  # SO_LINGER of 0 seconds: closing sends a reset


@pytest.mark.parametrize(("half", "row"), [("stored", "F20"), ("sent", "F21")])
def test_a_gateway_that_dies_in_a_submit_leaves_a_job_that_runs_once(
    stack: Stack, worker: Program, redis: RedisServer, half: str, row: str
) -> None:
    """F20, F21: killed before its message or before its answer; the client asks again, one run."""
    key = uuid.uuid4().hex
    payload, fingerprint = as_stored(stack, redis)
    submission = {"idempotency_key": key, "fingerprint": fingerprint}
    before = known(redis)
    command = [sys.executable, "-m", "tests.faults.dying_gateway", half]
    died = subprocess.run(
        command,
        input=json.dumps({"payload": payload, "submission": submission}).encode(),
        env=environment(stack.settings),
        cwd=ROOT,
        check=False,
    )
    began = time.monotonic()
    assert died.returncode == -9
    (job_id,) = known(redis) - before
    again = stack.api.post("/derivatives/async", REQUEST, Idempotency_Key=key)

    assert (again.status_code, again.json()["jobId"]) == (202, job_id)
    assert stack.api.ended(job_id, 40)["status"] == "succeeded"
    assert time.monotonic() - began < 10
    assert starts(worker, job_id) == 1


def as_stored(stack: Stack, redis: RedisServer) -> tuple[dict[str, object], str]:
    """A request's payload and its fingerprint, as the gateway stores them."""
    key = uuid.uuid4().hex
    answer = stack.api.post("/derivatives/async", REQUEST, Idempotency_Key=key)
    job_id = answer.json()["jobId"]
    stack.api.ended(job_id)
    name = Submission(idempotency_key=key).idempotency_name()
    with redis.client() as client:
        (kept,) = client.keys(f"*{name}")
        payload: dict[str, object] = json.loads(client.hget(f"imajin:job:{job_id}", "payload"))
        return payload, client.get(kept).rpartition(" ")[2]


def known(redis: RedisServer) -> set[str]:
    """Every job in the ledger."""
    with redis.client() as client:
        return {key.rpartition(":")[2] for key in client.scan_iter("imajin:job:*")}


def test_clients_that_hang_up_leave_no_job_and_no_leak(stack: Stack, worker: Program) -> None:
    """F29: resets in mid-upload and mid-download; descriptors and threads are given back."""
    job_id = stack.api.submit("/derivatives", quick_request())
    stack.api.ended(job_id)
    gateway = psutil.Process(stack.programs["web"].pid).children()[0]
    for _ in range(5):
        hang_up(stack.port, upload())
    before = (gateway.num_fds(), gateway.num_threads())
    depth = depths(stack)

    for _ in range(40):
        hang_up(stack.port, upload())
        hang_up(stack.port, f"GET /jobs/{job_id}/result HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def given_back() -> bool:
        return gateway.num_fds() <= before[0] + 3 and gateway.num_threads() <= before[1] + 3

    assert stack.api.get("/healthz").status_code == 200
    wait_until(given_back, 60, f"descriptors and threads are back: {before}", pause=0.5)
    assert depths(stack) == depth


def upload() -> bytes:
    """The start of a POST whose body does not come."""
    head = "POST /derivatives/async HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return f'{head}Content-Length: 500000\r\n\r\n{{"imageData": "{"A" * 1000}'.encode()


def hang_up(port: int, data: bytes) -> None:
    """Send this much, wait a moment, reset the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(data)
        time.sleep(0.02)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP)


def depths(stack: Stack) -> dict[str, int]:
    """How many jobs wait in each queue."""
    queues = stack.api.get("/queues").json()["queues"]
    return {queue["name"]: queue["depth"] for queue in queues}


def test_three_hundred_posts_with_one_key_are_one_job(stack: Stack, worker: Program) -> None:
    """F22: at once, from many clients: one id, one run."""
    key, body = uuid.uuid4().hex, quick_request()

    def post(_: int) -> tuple[int, str]:
        answer = stack.api.post("/derivatives/async", body, Idempotency_Key=key)
        return answer.status_code, answer.json().get("jobId", answer.text)

    with ThreadPoolExecutor(32) as clients:
        answers = set(clients.map(post, range(300)))

    assert len(answers) == 1, answers
    ((status, job_id),) = answers
    assert status == 202
    assert stack.api.ended(job_id)["attempts"] == 1
    assert starts(worker, job_id) == 1


def test_a_key_with_another_body_is_refused(stack: Stack, worker: Program) -> None:
    """F23: 422, and the first job stays what it is."""
    key = uuid.uuid4().hex
    first = stack.api.post("/derivatives/async", quick_request(), Idempotency_Key=key)
    other = {**quick_request(), "variants": [{"name": "other", "width": 16}]}

    answer = stack.api.post("/derivatives/async", other, Idempotency_Key=key)

    assert_error(answer, 422, "IDEMPOTENCY_CONFLICT")
    assert stack.api.ended(first.json()["jobId"])["status"] == "succeeded"
