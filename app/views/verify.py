"""POST /verify: where a picture says it comes from, and whether that holds."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.answers import take
from app.callers import own_job
from app.contracts.schemas.service import Accepted
from app.contracts.schemas.verify import VerifyRequest, VerifyResult
from app.contracts.tasks import JobType
from app.services import services
from app.sources import verify_payload
from app.views.blueprints import Blueprint
from app.webhooks import allowed

blueprint = Blueprint("verify", __name__, description="A picture to what it says of its origin")


@blueprint.post("/verify")
@blueprint.work(VerifyRequest)
@blueprint.response(200, VerifyResult)
@blueprint.alt_response(202, schema=Accepted)
def verify(wanted: dict[str, Any]) -> Response:
    """Read a picture's origin, content credentials, recipe and mark; waits for the answer."""
    return _take(wanted, at_once=False)


@blueprint.post("/verify/async")
@blueprint.work(VerifyRequest)
@blueprint.response(202, Accepted)
def verify_async(wanted: dict[str, Any]) -> Response:
    """The same as a job."""
    return _take(wanted, at_once=True)


def _take(wanted: dict[str, Any], at_once: bool) -> Response:
    parts = services()
    webhook = allowed(wanted.pop("webhook", None), parts.settings)
    return take(JobType.VERIFY, verify_payload(wanted, own_job, parts.blobs), at_once, webhook)
