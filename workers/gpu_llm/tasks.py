"""The lane's Celery shell, and what it takes from settings and catalogue."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from app.contracts.tasks import ANALYZE
from config.catalog import Catalog, TextModel
from config.settings import ROOT, Settings
from workers.gpu_llm.analyze import AnalyzeOptions, CultureClassifier, run_analyze
from workers.gpu_llm.engine import Sampling, TextEngine
from workers.gpu_llm.engine_options import LlamaOptions
from workers.gpu_llm.prompts import constant_start
from workers.gpu_llm.turns import TurnOptions
from workers.slot import EngineSlot
from workers.task import ImajinTask


def register(
    celery: Celery,
    classifier: Callable[[], CultureClassifier],
    slot: EngineSlot[TextEngine],
    catalog: Catalog,
    options: AnalyzeOptions,
) -> None:
    """Register imajin.analyze; `classifier` gives the one of this process."""

    @celery.task(name=ANALYZE.name, base=ImajinTask, bind=True)
    def analyze(task: ImajinTask, job_id: str) -> str:
        return task.work(
            job_id, lambda work: run_analyze(work, classifier(), slot, catalog, options)
        )


def analyze_options(catalog: Catalog, settings: Settings) -> AnalyzeOptions:
    """Which text model answers and how it is asked; KeyError for a model not in the catalogue."""
    entry_id = settings.llm_model or catalog.text_model
    entry = catalog.text_models[entry_id]
    think = entry.think_tokens if settings.llm_think_tokens is None else settings.llm_think_tokens
    thinking = Sampling(entry.temperature, entry.top_p)
    return AnalyzeOptions(entry_id, TurnOptions(entry.template, think, thinking))


def llama_options(catalog: Catalog, settings: Settings, entry_id: str) -> LlamaOptions:
    """What the engine of a text model is built from; settings outrank the catalogue."""
    entry: TextModel = catalog.text_models[entry_id]
    source = str(settings.llm_path or entry.source)
    layers = entry.gpu_layers if settings.llm_gpu_layers is None else settings.llm_gpu_layers
    return LlamaOptions(
        model=entry_id,
        source=source,
        path=ROOT / source,
        context=settings.llm_context or entry.context,
        gpu_layers=layers,
        tensor_split=settings.llm_tensor_split or entry.tensor_split,
        threads=settings.llm_threads or entry.threads,
        warm_text=constant_start(entry.template),
        sha256=None if settings.llm_path else entry.sha256,
    )
