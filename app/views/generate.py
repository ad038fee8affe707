"""POST /generate: a prompt to pictures."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.answers import take
from app.contracts.schemas.generate import GenerateRequest, GenerateResult
from app.contracts.schemas.service import Accepted
from app.contracts.tasks import JobType
from app.marks import check_offered
from app.recipes import generate_payload
from app.services import services
from app.views.blueprints import Blueprint
from app.webhooks import allowed

blueprint = Blueprint("generate", __name__, description="A prompt to pictures")


@blueprint.post("/generate")
@blueprint.work(GenerateRequest)
@blueprint.response(200, GenerateResult)
@blueprint.alt_response(202, schema=Accepted)
def generate(wanted: dict[str, Any]) -> Response:
    """Paint the prompt and finish the pictures; waits for them."""
    return _take(wanted, at_once=False)


@blueprint.post("/generate/async")
@blueprint.work(GenerateRequest)
@blueprint.response(202, Accepted)
def generate_async(wanted: dict[str, Any]) -> Response:
    """The same as a job."""
    return _take(wanted, at_once=True)


def _take(wanted: dict[str, Any], at_once: bool) -> Response:
    parts = services()
    webhook = allowed(wanted.pop("webhook", None), parts.settings)
    check_offered(wanted, parts.settings)
    payload = generate_payload(wanted, parts.catalog, parts.rules, parts.blobs)
    return take(JobType.GENERATE, payload, at_once, webhook)
