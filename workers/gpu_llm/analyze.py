"""The step of imajin.analyze: classify, think, write, and an answer by rule if all else fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from app.contracts.errors import ModelNotFound
from app.contracts.jobs import StepOutcome
from workers.gpu_llm.answer import AnswerUnusable, ParsedAnswer, ParsedPrompt, parse_answer
from workers.gpu_llm.brief import Brief
from workers.gpu_llm.compose import compose
from workers.gpu_llm.culture.result import Classification
from workers.gpu_llm.engine import Answer, OnToken, Stage, TextEngine
from workers.gpu_llm.generation_config import ImageEntry, generation_config
from workers.gpu_llm.light import in_the_light_of, name_in_the_light_of
from workers.gpu_llm.prompts import Facts
from workers.gpu_llm.request_brief import Wish, make_brief
from workers.gpu_llm.turns import Question, TurnOptions, plan_question, repair_of
from workers.slot import EngineSlot
from workers.work import Report, Work


class CultureClassifier(Protocol):
    """Finds the culture of a text; the filters outrank it."""

    def classify(
        self, text: str, culture: str | None = None, region: str | None = None
    ) -> Classification: ...


class ImageModel(ImageEntry, Protocol):
    """An image model, with the words for what it can paint."""

    @property
    def world(self) -> str: ...


class ImageModels(Protocol):
    """The catalogue's image models, by alias or id; KeyError for an unknown name."""

    def image(self, name: str) -> tuple[str, ImageModel]: ...

    def image_names(self) -> list[str]: ...


@dataclass(frozen=True)
class AnalyzeOptions:
    """Which text model of the catalogue answers, and how it is asked."""

    entry_id: str
    turn: TurnOptions


@dataclass
class _Asked:
    """What came out of asking the model, and the milliseconds of each stage."""

    parsed: ParsedAnswer | None = None
    reasoning: str = ""
    timings: dict[str, float] = field(default_factory=dict)

    def add(self, answer: Answer) -> None:
        """Keep an answer's reasoning and add its times."""
        self.reasoning = answer.reasoning
        for stage, spent in (("think", answer.think_ms), ("write", answer.write_ms)):
            self.timings[stage] = round(self.timings.get(stage, 0.0) + spent, 2)


def run_analyze(
    work: Work,
    classifier: CultureClassifier,
    slot: EngineSlot[TextEngine],
    image_models: ImageModels,
    options: AnalyzeOptions,
) -> StepOutcome:
    """Answer one wish as api.md has it.

    Raises ModelUnavailable and OutOfMemory from the engine, ModelNotFound where the catalogue
    has no model for the style, JobCancelled from the report.
    """
    wish = Wish.from_payload(work.payload)
    work.report("classify", 0, 1)
    started = time.perf_counter()
    found = _classified(wish, classifier)
    timings = {"classify": round(1000 * (time.perf_counter() - started), 2)}
    work.report("classify", 1, 1)

    brief = make_brief(wish, found)
    facts = Facts(found, _painter(image_models, brief.filters.get("style")))
    engine = slot.get(options.entry_id)
    question = plan_question(brief, facts, options.turn, engine, wish.seed)
    asked = _ask(engine, question, work.report) if question else _Asked()
    parsed = asked.parsed or compose(brief, found.knowledge, wish.seed)
    result: dict[str, Any] = {
        "classification": found.as_json(),
        "config": _config(image_models, parsed, wish.seed),
        "prompts": [prompt.as_json() for prompt in parsed.prompts],
        "source": "llm" if asked.parsed else "fallback",
        "model": options.entry_id,
        "timings": timings | asked.timings,
    }
    if wish.include_reasoning:
        result["reasoning"] = asked.reasoning
    return StepOutcome(result=result)


def _classified(wish: Wish, classifier: CultureClassifier) -> Classification:
    """Read the description; where it says nothing of a culture, the category may."""
    culture, region = wish.filters.get("culture"), wish.filters.get("region")
    found = classifier.classify(wish.description or wish.category, culture, region)
    if found.culture is None and wish.description and wish.category:
        by_category = classifier.classify(wish.category, culture, region)
        return by_category if by_category.culture else found
    return found


def _ask(engine: TextEngine, question: Question, report: Report) -> _Asked:
    """Ask, and once more where the answer cannot be used."""
    asked = _Asked()
    answer = engine.complete(question.turn, _reporter(report, question))
    asked.add(answer)
    asked.parsed = _read(question, answer)
    if asked.parsed is None:
        # Progress has been up to the end of writing already, and stays there.
        report("write", 99, 100)
        repair = repair_of(question, answer)
        again = engine.complete(repair, lambda stage, tokens: report("write", 99, 100))
        asked.add(again)
        asked.parsed = _read(question, again)
    return asked


def _reporter(report: Report, question: Question) -> OnToken:
    steps = {"think": question.turn.think_tokens, "write": question.expected_tokens}

    def on_token(stage: Stage, tokens: int) -> None:
        report(stage, tokens, max(steps[stage], tokens + 1))

    return on_token


def _read(question: Question, answer: Answer) -> ParsedAnswer | None:
    """The answer read; None where it is cut off or is no answer to the question."""
    if answer.finish_reason == "length":
        return None
    brief = question.brief
    try:
        parsed = parse_answer(
            answer.text, brief.subject, brief.count, question.styles, question.aspect_ratios
        )
        return replace(parsed, prompts=tuple(_lit(prompt, brief) for prompt in parsed.prompts))
    except AnswerUnusable:
        return None


def _config(image_models: ImageModels, parsed: ParsedAnswer, seed: int) -> dict[str, Any]:
    entry = _entry(image_models, parsed.style)
    return generation_config(entry, parsed.style, parsed.aspect_ratio, seed)


def _painter(image_models: ImageModels, style: str | None) -> str:
    return _entry(image_models, style or "photorealistic").world


def _entry(image_models: ImageModels, style: str) -> ImageModel:
    try:
        return image_models.image(style)[1]
    except KeyError as error:
        raise ModelNotFound(
            f"No image model is mapped to the style {style}.",
            {"model": style, "available": image_models.image_names()},
        ) from error


def _lit(prompt: ParsedPrompt, brief: Brief) -> ParsedPrompt:
    """The prompt without what speaks against the time of day that the wish names."""
    return replace(
        prompt,
        name=name_in_the_light_of(brief.description, prompt.name),
        prompt=in_the_light_of(brief.description, prompt.prompt, brief.subject),
    )
