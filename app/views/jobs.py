"""GET and DELETE /jobs/<id>: how a job is, what it made, and how to stop it."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from marshmallow import EXCLUDE

from app import answers
from app.callers import own_job
from app.contracts.schemas.service import JobStatus, LastEvent, LastEventQuery, WaitQuery
from app.services import services
from app.views.blueprints import Blueprint

EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["event", "data"],
}

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs", description="Jobs and their results")


@blueprint.get("/<job_id>")
@blueprint.arguments(WaitQuery, location="query")
@blueprint.response(200, JobStatus)
def show(query: dict[str, Any], job_id: str) -> Response:
    """How the job is; `wait` holds the answer until its state changes or the seconds pass."""
    job = own_job(job_id)
    if query["wait"] and not job.status.terminal:
        before = job.status
        job = services().jobs.wait(
            job_id, job.owner, query["wait"], lambda now: now.status is not before
        )
    return jsonify(answers.status_body(job))


@blueprint.get("/<job_id>/result")
@blueprint.response(200, description="The task's answer, or the first picture's bytes")
def result(job_id: str) -> Response:
    """What the job made, as JSON or, with `Accept: image/*`, as the first picture's bytes."""
    return answers.result(own_job(job_id))


@blueprint.get("/<job_id>/events")
@blueprint.arguments(LastEvent(unknown=EXCLUDE), location="headers")
@blueprint.arguments(LastEventQuery, location="query")
@blueprint.response(200, description=answers.EVENTS_DOC)
@blueprint.doc(responses={200: {"content": {"text/event-stream": {"schema": EVENT}}}})
@blueprint.alt_response(204, description="The terminal event was delivered before")
def events(header: dict[str, Any], query: dict[str, Any], job_id: str) -> Response:
    """The job's events as they happen, as Server-Sent Events."""
    after = {**query, **header}.get("last_event_id")
    newest = services().events.newest(job_id)
    return answers.events(own_job(job_id), newest, int(after) if after else None)


@blueprint.get("/<job_id>/images/<int:index>")
@blueprint.response(200, description="The picture's bytes", content_type="image/*")
def image(job_id: str, index: int) -> Response:
    """One of the job's pictures."""
    return answers.image(answers.ended_well(own_job(job_id)), index)


@blueprint.delete("/<job_id>")
@blueprint.response(202, JobStatus)
@blueprint.alt_response(200, schema=JobStatus)
def cancel(job_id: str) -> Response:
    """Cancel the job: a queued one never starts, a running one stops soon, an ended one stays."""
    return _cancel(job_id)


@blueprint.post("/<job_id>/cancel")
@blueprint.response(202, JobStatus)
@blueprint.alt_response(200, schema=JobStatus)
def cancel_by_post(job_id: str) -> Response:
    """The same for clients that cannot send DELETE."""
    return _cancel(job_id)


def _cancel(job_id: str) -> Response:
    outcome = services().dispatcher.cancel(own_job(job_id))
    response = jsonify(answers.status_body(own_job(job_id)))
    response.status_code = 202 if outcome in ("cancelled", "running") else 200
    return response
