"""POST /analyze-context: a wish in words to prompts and a config."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.answers import take
from app.contracts.schemas.analyze import AnalyzeRequest, AnalyzeResult
from app.contracts.schemas.service import Accepted
from app.contracts.tasks import JobType
from app.recipes import new_seed
from app.services import services
from app.views.blueprints import Blueprint
from app.webhooks import allowed

blueprint = Blueprint("analyze", __name__, description="A wish in words to prompts and a config")


@blueprint.post("/analyze-context")
@blueprint.work(AnalyzeRequest)
@blueprint.response(200, AnalyzeResult)
@blueprint.alt_response(202, schema=Accepted)
def analyze(wish: dict[str, Any]) -> Response:
    """Classify the culture, reason, and write prompts; waits for the answer."""
    return _take(wish, at_once=False)


@blueprint.post("/analyze-context/async")
@blueprint.work(AnalyzeRequest)
@blueprint.response(202, Accepted)
def analyze_async(wish: dict[str, Any]) -> Response:
    """The same as a job."""
    return _take(wish, at_once=True)


def _take(wish: dict[str, Any], at_once: bool) -> Response:
    webhook = allowed(wish.pop("webhook", None), services().settings)
    return take(JobType.ANALYZE, {"seed": new_seed(), **wish}, at_once, webhook)
