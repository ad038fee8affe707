"""What Imajin offers and how it is: /models, /presets, /queues, /healthz, /readyz."""

from __future__ import annotations

from typing import Any

from redis.exceptions import RedisError

from app.contracts.errors import QueueUnavailable
from app.contracts.schemas import service as schemas
from app.contracts.schemas.wire import camel
from app.contracts.tasks import Queue
from app.services import services
from app.views.blueprints import Blueprint
from config.catalog import Catalog, ImageModel

blueprint = Blueprint("service", __name__, description="What Imajin offers and how it is")


@blueprint.get("/models")
@blueprint.response(200, schemas.Models)
def models() -> dict[str, Any]:
    """The models of this deployment, with the sizes and samplers they default to."""
    catalog = services().catalog
    images = [_image_model(name, entry, catalog) for name, entry in catalog.image_models.items()]
    texts = [
        {"id": name, "kind": "text", "licence": entry.licence, "active": name == catalog.text_model}
        for name, entry in catalog.text_models.items()
    ]
    return {"models": images + texts, "aliases": catalog.aliases}


@blueprint.get("/presets")
@blueprint.response(200, schemas.PresetList)
def presets() -> dict[str, Any]:
    """The presets of /derivatives."""
    return {"presets": services().presets.as_json()}


@blueprint.get("/queues")
@blueprint.response(200, schemas.Queues)
def queues() -> dict[str, Any]:
    """How many jobs (webhooks: deliveries) wait, live workers, and the oldest one's age."""
    return {"queues": _queues()}


@blueprint.get("/healthz")
@blueprint.doc(security=[])
@blueprint.response(200, schemas.Health)
def healthz() -> dict[str, Any]:
    """Whether this process answers; touches nothing else."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@blueprint.doc(security=[])
@blueprint.response(200, schemas.Health)
def readyz() -> dict[str, Any]:
    """Whether Redis answers and keeps, blobs can be written, and each queue has a live worker."""
    found = _queues()
    services().redis_health.check_kept()
    services().blobs.check()
    missing = [queue["name"] for queue in found if not queue["workers"]]
    if missing:
        sentence = f"No live worker for {', '.join(missing)}."
        raise QueueUnavailable(sentence, {"queues": missing})
    return {"status": "ready"}


def _queues() -> list[dict[str, Any]]:
    parts = services()
    ledger = parts.ledger
    try:
        return [
            _queue(
                queue,
                *(parts.deliveries.depth() if queue is Queue.WEBHOOKS else ledger.depth(queue)),
                ledger.workers(queue),
            )
            for queue in Queue
        ]
    except RedisError as error:
        raise QueueUnavailable("Redis cannot be reached. Try again later.") from error


def _queue(queue: Queue, depth: int, oldest: float | None, workers: int) -> dict[str, Any]:
    return {
        "name": queue.value,
        "depth": depth,
        "workers": workers,
        "oldest_seconds": round(oldest, 3) if oldest is not None else None,
    }


def _image_model(name: str, entry: ImageModel, catalog: Catalog) -> dict[str, Any]:
    shown = entry.model_dump(
        include={"licence", "styles", "world", "multiple", "min_side", "max_pixels", "revision"}
    )
    return {
        "id": name,
        "kind": "image",
        "aliases": [alias for alias, target in catalog.aliases.items() if target == name],
        "defaults": {camel(key): value for key, value in entry.defaults.model_dump().items()},
        **{camel(key): value for key, value in shown.items()},
    }
