"""A language model that is at work stops where its client cancels, and serves the next wish."""

from __future__ import annotations

import time

from tests.harness.client import Api
from tests.harness.sse import Sent, sent, stream
from tests.harness.stack import Stack

LONG = {"description": "eight ways to show a quiet tea house in the rain", "count": 8}


def test_a_cancel_stops_the_model_in_mid_answer_and_its_child_goes_on(
    service: Stack, api: Api
) -> None:
    child = service.programs["gpu_llm"].pool()[0].pid
    job_id = api.submit("/analyze-context", LONG)
    seen: list[Sent] = []
    cancelled = 0.0
    with stream(str(api.http.base_url), f"/jobs/{job_id}/events") as answer:
        for event in sent(answer):
            seen.append(event)
            if not cancelled and event.data.get("stage") in ("think", "write"):
                api.http.delete(f"/jobs/{job_id}")
                cancelled = time.monotonic()

    assert seen[-1].name == "cancelled", [event.data for event in seen]
    assert time.monotonic() - cancelled < 2
    assert api.run("/analyze-context", {"category": "temple"})["prompts"]
    assert [one.pid for one in service.programs["gpu_llm"].pool()] == [child]
