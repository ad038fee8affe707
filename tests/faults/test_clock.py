"""A worker whose clock is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.watching import LEASE, all_variants, another_worker, said, starts
from tests.harness.images import slow_request
from tests.harness.limits import NotPermitted, wrong_clock
from tests.harness.programs import Program, wait_until
from tests.harness.stack import Stack


def test_a_clock_that_jumps_by_an_hour_moves_no_lease(
    stack: Stack, worker: Program, tmp_path: Path
) -> None:
    """F31: leases are in Redis's own time, so each job runs once."""
    offset = tmp_path / "offset"
    try:
        settings = wrong_clock(offset, "+1h")
    except NotPermitted as reason:
        pytest.skip(str(reason))
    worker.kill()
    with another_worker(stack, tmp_path / "log", "wrong", **settings) as wrong:
        wait_until(lambda: said(wrong, "child.ready"), 90, "the worker is ready")
        for before, after in (("+1h", "-1h"), ("-1h", "+1h")):
            job_id = stack.api.submit("/derivatives", slow_request(LEASE + 2))
            wait_until(lambda job_id=job_id: starts(wrong, job_id), 60, f"begun at {before}")
            offset.write_text(after)

            job = stack.api.ended(job_id)

            assert (job["status"], job["attempts"]) == ("succeeded", 1)
            assert all_variants(stack, job_id, LEASE + 2)
            assert starts(wrong, job_id) == 1
