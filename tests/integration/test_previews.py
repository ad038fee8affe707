"""A generation watched by its events: progress, small pictures, and a cancel within a step."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.harness.client import Api
from tests.harness.images import as_picture
from tests.harness.redis_server import RedisServer
from tests.harness.sse import Sent, events, sent, stream
from tests.harness.stack import Stack

LANES = ("gpu_diffusion", "cpu_processing")
SLOW: dict[str, Any] = {
    "prompt": "a red torii gate by a lake",
    "width": 256,
    "height": 256,
    "steps": 100,
    "seed": 11,
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway and the two lanes that a generation passes, on the starter model."""
    folder = tmp_path_factory.mktemp("previews")
    redis = RedisServer(folder / "redis").start()
    with Stack(folder / "stack", redis.url, web_workers=1) as found:
        found.start("web", *LANES).wait_for_web().wait_for_workers(*LANES)
        yield found
    redis.stop()


def resemblance(one: Image.Image, other: Image.Image) -> float:
    """How alike two pictures are at a few pixels each way: 1 for the same, 0 for strangers."""
    few = [np.asarray(picture.resize((8, 8), Image.Resampling.BOX)) for picture in (one, other)]
    return float(np.corrcoef(few[0].ravel(), few[1].ravel())[0, 1])


def told(api: Api, job_id: str) -> list[Sent]:
    """All events of a job."""
    return events(str(api.http.base_url), f"/jobs/{job_id}/events")


def test_a_generation_is_told_step_by_step_with_small_pictures(stack: Stack) -> None:
    job_id = stack.api.submit("/generate", SLOW)
    found = told(stack.api, job_id)

    assert found[-1].name == "succeeded"
    steps = [event.data for event in found if event.data.get("stage") == "denoise"]
    assert {data["steps"] for data in steps if "steps" in data} == {100}
    etas = [data["etaSeconds"] for data in steps if "etaSeconds" in data]
    assert etas and min(etas[-3:]) <= max(etas[:3])
    previews = [event.data for event in found if event.name == "preview"]
    assert previews
    for data in previews:
        jpeg = base64.b64decode(data["imageData"])
        picture = Image.open(io.BytesIO(jpeg))
        assert len(jpeg) <= 8192
        assert (data["mediaType"], picture.format) == ("image/jpeg", "JPEG")
        assert picture.size == (data["width"], data["height"]) == (128, 128)
        assert data["image"] == 0 and 0 < data["step"] < data["steps"] == 100
    result = as_picture(stack.api.result(job_id)["imageData"]).convert("RGB")
    assert resemblance(picture, result) > 0.6


def test_a_cancel_stops_within_a_step_and_the_child_paints_on(stack: Stack) -> None:
    worker = stack.programs["gpu_diffusion"]
    child = worker.pool()[0].pid
    job_id = stack.api.submit("/generate", SLOW | {"steps": 150, "numImages": 8})
    seen: list[tuple[float, Sent]] = []
    with stream(str(stack.api.http.base_url), f"/jobs/{job_id}/events") as answer:
        asked = 0.0
        for event in sent(answer):
            seen.append((time.monotonic(), event))
            if not asked and event.data.get("step", 0) >= 10:
                stack.api.http.delete(f"/jobs/{job_id}")
                asked = time.monotonic()

    assert seen[-1][1].name == "cancelled"
    before = [one for at, one in seen if at <= asked and one.data.get("stage") == "denoise"]
    after = [one for at, one in seen if at > asked and one.data.get("stage") == "denoise"]
    # What was reported before the flag was set may still be on its way; no step follows it.
    assert len(after) <= 2, (before[-1], after)
    assert stack.api.run("/generate", SLOW | {"steps": 2})["width"] == 256
    assert [one.pid for one in worker.pool()] == [child]


def test_previews_can_be_turned_off(stack: Stack) -> None:
    worker = stack.programs["gpu_diffusion"]
    worker.stop(20)
    stack.start("gpu_diffusion", previews=0).wait_for_workers("gpu_diffusion")
    found = told(stack.api, stack.api.submit("/generate", SLOW))

    assert found[-1].name == "succeeded"
    assert not [event for event in found if event.name == "preview"]
