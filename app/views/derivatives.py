"""POST /derivatives and its shorter sisters: a picture to published variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from marshmallow import Schema

from app.answers import take
from app.callers import own_job
from app.contracts.schemas import derivatives as schemas
from app.contracts.schemas.service import Accepted
from app.contracts.tasks import JobType
from app.marks import check_offered
from app.services import services
from app.sources import derivatives_payload, sanitize_payload, variant_payload
from app.views.blueprints import Blueprint
from app.webhooks import allowed

blueprint = Blueprint("derivatives", __name__, description="A picture to published variants")


def _derivatives(wanted: dict[str, Any]) -> dict[str, Any]:
    parts = services()
    return derivatives_payload(wanted, parts.presets, own_job, parts.blobs)


def _sanitize(wanted: dict[str, Any]) -> dict[str, Any]:
    return sanitize_payload(wanted, own_job, services().blobs)


def _variant(wanted: dict[str, Any]) -> dict[str, Any]:
    return variant_payload(wanted, own_job, services().blobs)


ROUTES: tuple[tuple[str, type[Schema], Callable[[dict[str, Any]], dict[str, Any]], str], ...] = (
    ("derivatives", schemas.DerivativesRequest, _derivatives, "Make variants of a picture."),
    ("sanitize", schemas.SanitizeRequest, _sanitize, "Take the metadata out of a picture."),
    ("transform", schemas.TransformRequest, _variant, "Crop and resize a picture."),
    ("convert", schemas.ConvertRequest, _variant, "Bring a picture into another format."),
    ("optimize", schemas.OptimizeRequest, _variant, "Make a picture's file smaller."),
)


def _add(
    name: str, schema: type[Schema], payload: Callable[[dict[str, Any]], dict[str, Any]], text: str
) -> None:
    """Add the plain route and its /async twin."""

    @blueprint.work(schema)
    @blueprint.response(200, schemas.DerivativesResult)
    @blueprint.alt_response(202, schema=Accepted)
    def plain(wanted: dict[str, Any]) -> Response:
        return _take(wanted, payload, at_once=False)

    @blueprint.work(schema)
    @blueprint.response(202, Accepted)
    def twin(wanted: dict[str, Any]) -> Response:
        return _take(wanted, payload, at_once=True)

    plain.__doc__ = f"{text}\n\nWaits for the result."
    twin.__doc__ = f"{text}\n\nAnswers at once with the job."
    blueprint.add_url_rule(f"/{name}", name, plain, methods=["POST"])
    blueprint.add_url_rule(f"/{name}/async", f"{name}_async", twin, methods=["POST"])


def _take(
    wanted: dict[str, Any], payload: Callable[[dict[str, Any]], dict[str, Any]], at_once: bool
) -> Response:
    webhook = allowed(wanted.pop("webhook", None), services().settings)
    check_offered(wanted, services().settings)
    return take(JobType.DERIVATIVE, payload(wanted), at_once, webhook)


for route in ROUTES:
    _add(*route)
