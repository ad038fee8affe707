"""Rows about the engines: what a step costs beside the bare pipeline call and bare llama.cpp."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.contracts.tasks import ANALYZE, GENERATE, JobType
from app.ledger_records import Claim
from config.catalog import Catalog, load_catalog
from config.settings import ROOT, Settings
from tests.benchmarks.processes import Bench
from tests.benchmarks.rows import Row, side_by_side
from workers.gpu_llm.engine import Answer, OnToken, Turn
from workers.lease import Lease
from workers.slot import EngineSlot
from workers.work import Work

WISH = "a red torii gate by a lake at dawn"
PROMPT = f"a photorealistic photograph of {WISH}, with paper lanterns, wide shot"


def rows(bench: Bench) -> list[Row]:
    """Both."""
    catalog = load_catalog(bench.settings.models_file)
    return [generate_overhead(bench, catalog), analyze_overhead(bench, catalog)]


@contextmanager
def claimed(bench: Bench, kind: JobType, step: str, payload: dict[str, Any]) -> Iterator[Work]:
    """A real job under a real lease, as the base task gives it to a step."""
    job = bench.ledger.accept(uuid.uuid4().hex, kind, payload)
    claim = bench.ledger.claim(job.id, step, "bench", uuid.uuid4().hex)
    assert isinstance(claim, Claim), claim
    with Lease(bench.ledger, claim, bench.settings.lease_seconds) as lease:
        yield Work(job.id, claim.payload, bench.blobs, lease.report, lease.preview)
    bench.ledger.stop(claim)


def generate_overhead(bench: Bench, catalog: Catalog) -> Row:
    """imajin.generate, from claim to hand-over, against the bare pipeline call."""
    import torch

    from workers.gpu_diffusion.tasks import builder, run_generate

    entry_id, entry = catalog.image("photorealistic")
    slot = EngineSlot(builder(catalog, ROOT, "auto", Settings().torch_threads))
    pipe: Any = slot.get(entry_id).pipeline  # type: ignore[attr-defined]
    size = {"width": entry.defaults.width, "height": entry.defaults.height}
    recipe = {
        **{"prompt": PROMPT, "negative_prompt": "", "model": "photorealistic", "entry": entry_id},
        **{"style": "photorealistic", "steps": entry.defaults.steps, "seed": 1, "num_images": 1},
        **{"guidance_scale": entry.defaults.guidance_scale, "scheduler": "default", **size},
    }

    def ours() -> float:
        payload = {"recipe": recipe, "options": {"format": "png"}, "allow_downgrade": False}
        started = time.perf_counter()
        with claimed(bench, JobType.GENERATE, GENERATE.step, payload) as work:
            run_generate(work, slot, catalog)
        return time.perf_counter() - started

    def theirs() -> float:
        started = time.perf_counter()
        pipe(
            PROMPT,
            num_inference_steps=entry.defaults.steps,
            guidance_scale=entry.defaults.guidance_scale,
            generator=torch.Generator("cpu").manual_seed(1),
            **size,
        )
        return time.perf_counter() - started

    mine, bare = side_by_side(ours, theirs, times=9)
    return Row("generate.overhead", mine * 1e3, bare * 1e3, "ms", goal=1.03)


class Overheard:
    """The engine itself; remembers turn and answer, so that the bare call can repeat them."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.heard: list[tuple[Turn, Answer]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def complete(self, turn: Turn, on_token: OnToken) -> Answer:
        """Pass the turn on."""
        answer: Answer = self._engine.complete(turn, on_token)
        self.heard.append((turn, answer))
        return answer


def analyze_overhead(bench: Bench, catalog: Catalog) -> Row:
    """imajin.analyze a token, against llama.cpp's own sampling of as many tokens.

    Both think freely, then write under the same grammar, from the same turn.
    """
    from llama_cpp import LlamaGrammar

    from workers.gpu_llm.analyze import run_analyze
    from workers.gpu_llm.culture.classifier import Classifier
    from workers.gpu_llm.culture.knowledge import load_knowledge
    from workers.gpu_llm.llama_engine import LlamaEngine
    from workers.gpu_llm.tasks import analyze_options, llama_options

    options = analyze_options(catalog, bench.settings)
    engine = LlamaEngine(llama_options(catalog, bench.settings, options.entry_id))
    overheard = Overheard(engine)
    slot: EngineSlot[Any] = EngineSlot(lambda entry_id: overheard)
    classifier = Classifier(load_knowledge(bench.settings.culture_dir))
    llm = _bare_llama(catalog, options.entry_id)
    payload = {"description": WISH, "filters": {}, "count": 3, "seed": 7}

    def ours() -> float:
        overheard.heard.clear()
        started = time.perf_counter()
        with claimed(bench, JobType.ANALYZE, ANALYZE.step, payload) as work:
            run_analyze(work, classifier, slot, catalog, options)
        spent = time.perf_counter() - started
        made = sum(len(answer.thought) + answer.answer_tokens for _, answer in overheard.heard)
        return spent / made

    def theirs() -> float:
        turn, answer = overheard.heard[0]
        prompt = f"<｜User｜>{turn.text}<｜Assistant｜><think>\n"
        started = time.perf_counter()
        first = llm.create_completion(prompt, **_limits(len(answer.thought), turn))
        thought = first["choices"][0]["text"]
        second = llm.create_completion(
            f"{prompt}{thought}\n</think>\n\n",
            grammar=LlamaGrammar.from_string(turn.grammar, verbose=False),
            **_limits(answer.answer_tokens, turn),
        )
        spent = time.perf_counter() - started
        usages = (first["usage"], second["usage"])
        return spent / sum(usage["completion_tokens"] for usage in usages)

    mine, bare = side_by_side(ours, theirs, times=9)
    return Row("analyze.overhead", mine * 1e3, bare * 1e3, "ms/token", goal=1.05)


def _limits(tokens: int, turn: Turn) -> dict[str, Any]:
    return {
        "max_tokens": max(tokens, 1),
        "temperature": turn.thinking.temperature,
        "top_p": turn.thinking.top_p,
        "seed": turn.seed,
    }


def _bare_llama(catalog: Catalog, entry_id: str) -> Any:
    from llama_cpp import Llama

    entry = catalog.text_models[entry_id]
    path = str(ROOT / entry.source)
    return Llama(path, n_ctx=entry.context, n_gpu_layers=0, n_threads=1, verbose=False)
