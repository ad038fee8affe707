"""What this deployment allows of the webhooks that requests ask for, and their redelivery."""

from __future__ import annotations

from typing import Any

from redis.exceptions import RedisError

from app.contracts.addresses import never_public
from app.contracts.errors import InvalidRequest, JobNotReady, QueueUnavailable
from app.contracts.jobs import Job
from app.contracts.webhooks import EVENT_OF_STATUS, Target, Webhook
from app.deliveries import Deliveries
from config.settings import Settings, variable


def allowed(wanted: dict[str, Any] | None, settings: Settings) -> Webhook | None:
    """The webhook that a request asks for; InvalidRequest where it is not sent here."""
    if wanted is None:
        return None
    if not settings.signing_keys:
        name = variable("webhook_secret")
        raise _refused("webhook", f"This service sends no webhooks: {name} is not set.")
    target = Target.parse(wanted["url"])
    if target.scheme != "https" and not settings.webhook_allow_http:
        raise _refused("webhook.url", "Give an https URL.")
    if never_public(target.host) and not settings.webhook_allow_private:
        raise _refused("webhook.url", "The URL's host is not on the open internet.")
    return Webhook(target, tuple(dict.fromkeys(wanted["events"])))


def rows(job: Job, deliveries: Deliveries) -> list[dict[str, Any]]:
    """The delivery log of a job."""
    try:
        return deliveries.rows(job.id)
    except RedisError as error:
        raise QueueUnavailable("The deliveries cannot be reached. Try again later.") from error


def redeliver(job: Job, deliveries: Deliveries) -> None:
    """Send a job's webhook once more; JobNotReady or InvalidRequest where there is none to send."""
    if not job.status.terminal:
        progress = job.progress.as_json() if job.progress else None
        details = {"status": job.status.value, "progress": progress}
        raise JobNotReady("The job has not ended yet.", details)
    try:
        webhook = deliveries.webhook(job.id)
        if webhook is None or EVENT_OF_STATUS[job.status] not in webhook.events:
            raise _refused("webhook", "This job has no webhook for how it ended.")
        deliveries.redeliver(job.id)
    except RedisError as error:
        raise QueueUnavailable("The deliveries cannot be reached. Try again later.") from error


def _refused(field: str, sentence: str) -> InvalidRequest:
    return InvalidRequest(f"The request was refused; see details: {field}.", {field: [sentence]})
