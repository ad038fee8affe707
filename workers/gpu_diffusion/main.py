"""The gpu_diffusion worker: celery --app workers.gpu_diffusion.main worker."""

from __future__ import annotations

import logging

from app.contracts.errors import ImajinError
from app.contracts.tasks import Queue
from config.catalog import load_catalog
from config.settings import ROOT, current
from workers import devices
from workers.celery_app import in_child, worker_app
from workers.gpu_diffusion.tasks import builder, register
from workers.slot import EngineSlot

log = logging.getLogger("imajin.gpu_diffusion")


def warm(index: int) -> None:
    """Pin the child to its GPU and load the photorealistic model before the first job."""
    devices.pin(index, current().gpus)
    try:
        slot.get(catalog.image("photorealistic")[0])
    except (ImajinError, KeyError) as error:
        log.error("engine.not_loaded %s", error)


catalog = load_catalog(current().models_file)
slot = EngineSlot(
    builder(catalog, ROOT, current().device, current().torch_threads, current().previews)
)
celery = worker_app(Queue.GPU_DIFFUSION, __name__, lambda settings: len(settings.gpus) or 1)
register(celery, slot, catalog)
in_child(Queue.GPU_DIFFUSION, warm)
