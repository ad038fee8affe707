"""GET and POST /jobs/<id>/deliveries: what became of a job's webhook, and once more."""

from __future__ import annotations

from flask import Response, jsonify

from app import webhooks
from app.callers import own_job
from app.contracts.schemas.webhooks import DeliveryList
from app.services import services
from app.views.blueprints import Blueprint

blueprint = Blueprint("deliveries", __name__, url_prefix="/jobs", description="A job's webhook")


@blueprint.get("/<job_id>/deliveries")
@blueprint.response(200, DeliveryList)
def show(job_id: str) -> Response:
    """Each attempt to tell of the job's end, oldest first, the last fifty."""
    parts = services()
    return jsonify({"deliveries": webhooks.rows(own_job(job_id), parts.deliveries)})


@blueprint.post("/<job_id>/deliveries")
@blueprint.response(202, DeliveryList)
def redeliver(job_id: str) -> Response:
    """Tell of the job's end once more, now, under the same webhook-id."""
    parts = services()
    job = own_job(job_id)
    webhooks.redeliver(job, parts.deliveries)
    response = jsonify({"deliveries": webhooks.rows(job, parts.deliveries)})
    response.status_code = 202
    return response
