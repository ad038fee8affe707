"""How a job is shown: the 202, the poll, the result as JSON and as image bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, request, url_for
from redis.exceptions import RedisError

from app import base64_images
from app.callers import caller
from app.contracts.blobs import BlobRef
from app.contracts.errors import (
    JobCancelled,
    JobNotReady,
    NotAcceptable,
    NotFound,
    QueueUnavailable,
)
from app.contracts.jobs import Job, Status
from app.contracts.tasks import JobType
from app.contracts.webhooks import Webhook
from app.estimates import work_of
from app.event_log import Event, compact
from app.markup import markup
from app.requests import Preference, asked
from app.services import services
from app.sources import blob_of, pictures
from app.submissions import Submission

JSON_TYPE = "application/json"
EVENTS_DOC = (
    "First `snapshot` (what a poll shows), then `progress`, `preview` and `queued` as they happen, "
    "then one of `succeeded`, `failed` and `cancelled`, after which the stream is closed. Events "
    "are numbered; a client that comes back with the last number goes on from there."
)


def take(
    job_type: JobType, payload: dict[str, Any], at_once: bool, webhook: Webhook | None = None
) -> Response:
    """Submit a job and answer: 202 at once, or its result if it ends within the wait."""
    parts, preference = services(), Preference.of_request()
    if not at_once:
        acceptable()
    parts.redis_health.check_room()
    job = parts.dispatcher.submit(
        job_type, payload, _submission(webhook, work_of(job_type, payload, parts.catalog))
    )
    if at_once or (preference.respond_async and preference.wait is None):
        return accepted(job)
    seconds = preference.wait or parts.settings.wait_seconds
    try:
        job = parts.jobs.wait(job.id, job.owner, seconds, lambda snapshot: snapshot.status.terminal)
    except QueueUnavailable:
        return accepted(job)  # it is stored; the client reads it when Redis is back
    return result(job) if job.status.terminal else accepted(job)


def _submission(webhook: Webhook | None, work: dict[str, Any]) -> Submission:
    asks, how = caller(), asked()
    return Submission(
        owner=asks.id,
        priority=how.priority,
        idempotency_key=how.idempotency_key,
        fingerprint=how.fingerprint,
        in_flight=asks.in_flight,
        daily_jobs=asks.daily_jobs,
        daily_bytes=asks.daily_bytes,
        size=how.size,
        webhook=webhook.as_json() if webhook else None,
        **work,
    )


def accepted(job: Job) -> Response:
    """202 with the job's id, its place in the line and where to look."""
    try:
        place = _place(job)
    except QueueUnavailable:
        place = {}  # it is stored; that is what counts
    body = {"jobId": job.id, "status": job.status.value, **place, "links": links(job.id)}
    response = jsonify(body)
    response.status_code = 202
    response.headers["Location"] = url_for("jobs.show", job_id=job.id)
    if request.headers.get("Prefer"):
        response.headers["Preference-Applied"] = "respond-async"
    return response


def links(job_id: str) -> dict[str, str]:
    """Where a job's poll, result, events and cancellation are."""
    return {
        "self": url_for("jobs.show", job_id=job_id),
        "result": url_for("jobs.result", job_id=job_id),
        "events": url_for("jobs.events", job_id=job_id),
        "cancel": url_for("jobs.cancel", job_id=job_id),
    }


def status_body(job: Job) -> dict[str, Any]:
    """A poll's answer."""
    body = {
        "jobId": job.id,
        "type": job.type.value,
        "status": job.status.value,
        "progress": job.progress.as_json() if job.progress else None,
        **_place(job),
        "error": job.error.as_json() if job.error else None,
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
    }
    shown = {name: value for name, value in body.items() if value is not None}
    return shown | {"attempts": job.attempts, "links": links(job.id)}


def _place(job: Job) -> dict[str, int]:
    """`queuePosition` and `etaSeconds`, as far as they are known."""
    if job.status.terminal:
        return {}
    try:
        standing = services().ledger.standing(job.id)
    except RedisError as error:
        raise QueueUnavailable("The queue cannot be reached. Try again later.") from error
    waits = job.status is Status.QUEUED
    found = {
        "queuePosition": standing.position if waits else None,
        "etaSeconds": standing.eta_seconds,
    }
    return {name: value for name, value in found.items() if value is not None}


def events(job: Job, newest: Event | None, after: int | None) -> Response:
    """The job's events after number `after`, or from a snapshot on; `newest` was read first."""
    return services().events.response(job, newest, after, compact(status_body(job)))


def ended_well(job: Job) -> Job:
    """The job itself if it succeeded; otherwise the error that says why there is no result."""
    if job.error is not None:
        raise job.error
    if job.status is Status.CANCELLED:
        raise JobCancelled("The job was cancelled and has no result.", {})
    if job.status is not Status.SUCCEEDED:
        progress = job.progress.as_json() if job.progress else None
        details = {"status": job.status.value, "progress": progress}
        raise JobNotReady("The job has not ended yet.", details)
    return job


def result(job: Job) -> Response:
    """The ended job's answer in the form the client accepts, or the error it ended in."""
    ended_well(job)
    best = acceptable()
    response = (
        jsonify(_result_body(job)) if best == JSON_TYPE else image(job, _first(pictures(job)))
    )
    timings = (job.result or {}).get("timings", {})
    response.headers["Server-Timing"] = ", ".join(
        f"{stage};dur={milliseconds:.1f}" for stage, milliseconds in timings.items()
    )
    return response


def image(job: Job, index: int) -> Response:
    """One picture's bytes, cacheable for ever under its hash.

    NotAcceptable for other types, ModerationBlocked for a picture that is withheld.
    """
    found = pictures(job)
    if index >= len(found):
        sentence = f"This job has {len(found)} pictures; they count from 0."
        raise (NotFound if found else NotAcceptable)(sentence, {})
    ref = BlobRef.from_json(blob_of(found[index]))
    if request.accept_mimetypes and request.accept_mimetypes.quality(ref.media_type) == 0:
        raise NotAcceptable(f"This picture is {ref.media_type}.", {"available": [ref.media_type]})
    response = Response(services().blobs.get(ref), mimetype=ref.media_type)
    ending = ref.media_type.rpartition("/")[2]
    response.headers["Content-Disposition"] = f'attachment; filename="{job.id}-{index}.{ending}"'
    response.set_etag(ref.sha256)
    age = services().settings.result_ttl
    response.headers["Cache-Control"] = f"private, max-age={age}, immutable"
    response.make_conditional(request.environ)
    return response


def acceptable() -> str:
    """What the Accept header asks for: JSON, or an image; NotAcceptable for anything else."""
    accept = request.accept_mimetypes
    if not accept or 0 < accept.quality(JSON_TYPE) >= _image_quality():
        return JSON_TYPE
    if _image_quality() > 0:
        return "image/*"
    raise NotAcceptable("Answers come as application/json or as an image.", {})


def _image_quality() -> float:
    given: Iterable[tuple[str, float]] = request.accept_mimetypes
    return max((quality for kind, quality in given if kind.startswith("image/")), default=0)


def _result_body(job: Job) -> dict[str, Any]:
    body = dict(job.result or {})
    for name in ("images", "variants"):
        if name in body:
            body[name] = [_with_bytes(job.id, n, found) for n, found in enumerate(body[name])]
    if body.get("images"):
        body = body["images"][_first(body["images"])] | body
    return body | markup(body.get("variants", []))


def _first(found: list[dict[str, Any]]) -> int:
    """The index of the first picture that is given out."""
    return next((number for number, one in enumerate(found) if "error" not in one), 0)


def _with_bytes(job_id: str, index: int, picture: dict[str, Any]) -> dict[str, Any]:
    if "blob" not in picture:
        return picture
    ref = BlobRef.from_json(picture["blob"])
    shown = {name: value for name, value in picture.items() if name != "blob"}
    return shown | {
        "imageData": base64_images.encode(services().blobs.get(ref)),
        "url": url_for("jobs.image", job_id=job_id, index=index),
    }
