"""The step of imajin.analyze with a scripted model: answers, repairs, reports and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.blobs.folder import FolderBlobs
from app.contracts.errors import JobCancelled, ModelNotFound
from app.contracts.schemas.analyze import AnalyzeResult
from config.catalog import Catalog, load_catalog
from config.settings import Settings
from tests.scripted_engine import ScriptedEngine
from workers.gpu_llm.analyze import AnalyzeOptions, run_analyze
from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge
from workers.gpu_llm.engine import Sampling
from workers.gpu_llm.turns import TurnOptions
from workers.slot import EngineSlot
from workers.work import Work

CATALOG = load_catalog(Settings().models_file)
CLASSIFIER = Classifier(load_knowledge(Settings().culture_dir))
OPTIONS = AnalyzeOptions("starter-llm", TurnOptions("brief", 64, Sampling(0.6)))
PAYLOAD: dict[str, Any] = {
    "description": "please draw a cat in Marrakesh, as anime",
    "filters": {},
    "count": 2,
    "seed": 11,
    "include_reasoning": False,
}


def written(*prompts: str, style: str = "anime", ratio: str = "3:2") -> str:
    entries = [{"name": p[:9], "prompt": p, "negativePrompt": "text"} for p in prompts]
    return json.dumps({"style": style, "aspectRatio": ratio, "prompts": entries})


GOOD = written("an anime scene of a cat in Marrakesh, by day", "a cat in Marrakesh, at night")


class Desk:
    """Runs the step, and keeps what it reported; cancels in the stage that is named."""

    def __init__(self, folder: Path, cancelled_in: str | None = None) -> None:
        self._cancelled_in = cancelled_in
        self._blobs = FolderBlobs(folder, 60)
        self.reports: list[tuple[str, int, int]] = []

    def report(self, stage: str, step: int, steps: int) -> None:
        if stage == self._cancelled_in:
            raise JobCancelled("The job was cancelled.")
        self.reports.append((stage, step, steps))

    def run(
        self, engine: ScriptedEngine, catalog: Catalog = CATALOG, **changes: Any
    ) -> dict[str, Any]:
        work = Work("job", PAYLOAD | changes, self._blobs, self.report)
        outcome = run_analyze(work, CLASSIFIER, EngineSlot(lambda _: engine), catalog, OPTIONS)
        assert outcome.result is not None
        return outcome.result


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_good_answer_is_the_models_own(desk: Desk) -> None:
    engine = ScriptedEngine([GOOD])
    result = desk.run(engine)

    assert result["source"] == "llm"
    assert result["model"] == "starter-llm"
    assert [p["prompt"] for p in result["prompts"]] == [
        "an anime scene of a cat in Marrakesh, by day",
        "a cat in Marrakesh, at night",
    ]
    assert result["config"]["model"] == "anime"
    assert result["config"]["width"] > result["config"]["height"]
    assert result["config"]["seed"] == 11
    assert result["classification"]["culture"] == "Moroccan"
    assert set(result["timings"]) == {"classify", "think", "write"}
    assert "reasoning" not in result
    assert AnalyzeResult().validate(json.loads(json.dumps(result))) == {}


def test_the_reasoning_is_told_when_asked_for(desk: Desk) -> None:
    assert desk.run(ScriptedEngine([GOOD]), include_reasoning=True)["reasoning"] == "because"


@pytest.mark.parametrize("bad", ["{", GOOD + "…", written("a dog", "a cat in Marrakesh")])
def test_a_bad_answer_is_asked_for_once_more_after_the_same_reasoning(desk: Desk, bad: str) -> None:
    engine = ScriptedEngine([bad, GOOD])
    result = desk.run(engine)

    first, second = engine.turns
    assert result["source"] == "llm"
    assert (second.thought, second.writing.temperature) == ((1, 2, 3), 0.0)
    assert second.seed != first.seed
    assert result["timings"]["write"] == 6.0
    assert result["timings"]["think"] == 2.0


def test_after_the_repair_the_answer_comes_by_rule(desk: Desk) -> None:
    result = desk.run(ScriptedEngine(["{", "{"]), filters={"style": "photorealistic"})

    assert result["source"] == "fallback"
    assert result["config"]["model"] == "photorealistic"
    assert len({p["prompt"] for p in result["prompts"]}) == 2
    assert all("a cat in Marrakesh" in p["prompt"] for p in result["prompts"])


def test_a_model_that_is_too_small_is_not_asked(desk: Desk) -> None:
    engine = ScriptedEngine([], context=50)

    assert desk.run(engine)["source"] == "fallback"
    assert engine.turns == []


def test_a_style_that_the_filter_rules_out_is_no_answer(desk: Desk) -> None:
    engine = ScriptedEngine([GOOD, GOOD])

    assert desk.run(engine, filters={"style": "photorealistic"})["source"] == "fallback"


def test_the_category_speaks_where_the_description_names_no_culture(desk: Desk) -> None:
    engine = ScriptedEngine(["{", "{"])
    result = desk.run(engine, description="a quiet garden", category="Japanese gardens")

    assert result["classification"]["culture"] == "Japanese"


def test_a_wish_without_a_culture_still_gets_prompts(desk: Desk) -> None:
    result = desk.run(ScriptedEngine(["{", "{"]), description="a red bicycle")

    assert result["classification"]["culture"] is None
    assert all("a red bicycle" in p["prompt"] for p in result["prompts"])


def test_progress_goes_through_the_stages_and_never_back(desk: Desk) -> None:
    desk.run(ScriptedEngine(["{", GOOD]))

    assert list(dict.fromkeys(stage for stage, _, _ in desk.reports)) == [
        "classify",
        "think",
        "write",
    ]
    shares = [step / steps for stage, step, steps in desk.reports if stage == "write"]
    assert shares == sorted(shares)
    assert all(0 <= step <= steps for _, step, steps in desk.reports)


def test_a_cancel_comes_through(tmp_path: Path) -> None:
    desk = Desk(tmp_path, cancelled_in="write")

    with pytest.raises(JobCancelled):
        desk.run(ScriptedEngine([GOOD]))


def test_a_style_without_an_image_model_is_named(desk: Desk) -> None:
    catalog = CATALOG.model_copy(update={"aliases": {"photorealistic": "starter"}})

    with pytest.raises(ModelNotFound) as caught:
        desk.run(ScriptedEngine([GOOD]), catalog)
    assert caught.value.details["model"] == "anime"
