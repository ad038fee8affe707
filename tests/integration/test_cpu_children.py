"""Children of the cpu lane: a ceiling for their memory, and a new child after some tasks."""

from __future__ import annotations

from pathlib import Path

from tests.bombs import many_scans
from tests.harness.images import as_text, quick_request
from tests.harness.programs import wait_until
from tests.harness.stack import Stack
from tests.hostile import solid_png

CPU = "cpu_processing"


def test_a_picture_that_takes_too_much_memory_costs_an_error_and_no_child(tmp_path: Path) -> None:
    with Stack(tmp_path, cpu_memory_bytes=256 * 1024**2) as stack:
        stack.start("redis", "web", CPU).wait_for_web().wait_for_workers(CPU)
        children = [child.pid for child in stack.programs[CPU].pool()]
        heavy = {
            "imageData": as_text(solid_png(7000, 7000, channels=4)),
            "width": 6000,
            "height": 6000,
        }
        body = {"imageData": heavy.pop("imageData"), "variants": [{"name": "a", **heavy}]}
        body["variants"][0] |= {"background": "#fff8", "format": "png", "fit": "contain"}
        job = stack.api.ended(stack.api.submit("/derivatives", body), 120)

        assert job["error"]["code"] in ("GPU_OOM", "IMAGE_TOO_LARGE"), job
        assert job["attempts"] == 1
        assert stack.api.run("/derivatives", quick_request())["variants"]
        assert [child.pid for child in stack.programs[CPU].pool()] == children


def test_a_picture_that_takes_too_much_time_costs_an_error_and_no_child(tmp_path: Path) -> None:
    with Stack(tmp_path, decode_seconds=0.1) as stack:
        stack.start("redis", "web", CPU).wait_for_web().wait_for_workers(CPU)
        children = [child.pid for child in stack.programs[CPU].pool()]
        body = {"imageData": as_text(many_scans(7000, 7000, 100)), "format": "webp"}
        error = stack.api.ended(stack.api.submit("/convert", body), 120)["error"]

        assert (error["code"], error["details"]["limitSeconds"]) == ("IMAGE_TOO_LARGE", 0.1)
        assert stack.api.run("/derivatives", quick_request())["variants"]
        assert [child.pid for child in stack.programs[CPU].pool()] == children


def test_a_child_is_replaced_after_its_tasks(tmp_path: Path) -> None:
    with Stack(tmp_path, cpu_tasks_per_child=2) as stack:
        stack.start("redis", "web", CPU).wait_for_web().wait_for_workers(CPU)
        (first,) = (child.pid for child in stack.programs[CPU].pool())
        for _ in range(5):
            assert stack.api.run("/derivatives", quick_request())["variants"]

        wait_until(
            lambda: first not in [child.pid for child in stack.programs[CPU].pool()],
            60,
            "the first child was replaced",
        )
