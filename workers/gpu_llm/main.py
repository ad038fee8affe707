"""The gpu_llm worker: celery --app workers.gpu_llm.main worker --queues gpu_llm."""

from __future__ import annotations

import logging
from functools import lru_cache

from app.contracts.errors import ImajinError
from app.contracts.tasks import Queue
from config.catalog import load_catalog
from config.settings import current
from workers import devices
from workers.celery_app import in_child, worker_app
from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge
from workers.gpu_llm.engine import TextEngine
from workers.gpu_llm.tasks import analyze_options, llama_options, register
from workers.slot import EngineSlot

log = logging.getLogger("imajin.gpu_llm")


def build_engine(entry_id: str) -> TextEngine:
    """The engine of a text model of the catalogue."""
    from workers.gpu_llm.llama_engine import LlamaEngine

    return LlamaEngine(llama_options(catalog, current(), entry_id))


@lru_cache(maxsize=1)
def classifier() -> Classifier:
    """The classifier on this deployment's knowledge, built once a process."""
    return Classifier(load_knowledge(current().culture_dir))


def warm(index: int) -> None:
    """Pin the child to the GPUs, load the model and the knowledge before the first job."""
    # A model too big for one GPU is split over all of them, so the lane has one child.
    devices.show(current().gpus)
    classifier()
    try:
        slot.get(options.entry_id)
    except ImajinError as error:
        log.error("engine.not_loaded %s %s", error, error.details)


catalog = load_catalog(current().models_file)
options = analyze_options(catalog, current())
slot = EngineSlot(build_engine)
celery = worker_app(Queue.GPU_LLM, __name__, concurrency=lambda settings: 1)
register(celery, classifier, slot, catalog, options)
in_child(Queue.GPU_LLM, warm)
