"""The task of the queue webhooks, and the round that sends its messages."""

from __future__ import annotations

import logging
import random
import uuid

import httpx
from celery import Celery, Task

from app.contracts.tasks import DELIVER
from config import logs
from config.settings import Settings
from workers.runtime import runtime
from workers.webhooks.delivery import Courier
from workers.webhooks.sending import Sender
from workers.webhooks.targets import Targets

log = logging.getLogger("imajin.webhooks")


def courier(settings: Settings) -> Courier:
    """The courier that the settings describe."""
    targets = Targets(
        allow_http=settings.webhook_allow_http,
        allow_private=settings.webhook_allow_private,
        dns_seconds=settings.webhook_connect_timeout,
    )
    sender = Sender(
        targets=targets,
        tls=httpx.create_ssl_context(),
        seconds=settings.webhook_timeout,
        connect_seconds=settings.webhook_connect_timeout,
    )
    return Courier(
        post=sender.post,
        keys=lambda owner: settings.signing_keys,  # one set for all owners
        retries=settings.webhook_retries,
        jitter=lambda longest: random.uniform(0, longest),  # noqa: S311  spreads, hides nothing
    )


def deliver(job_id: str, by: Courier) -> str:
    """Make one attempt for one ended job; a word for the log and Flower."""
    deliveries = runtime().deliveries
    order = deliveries.claim(job_id, uuid.uuid4().hex)
    if isinstance(order, str):
        return order
    if order.event not in order.webhook.events:
        deliveries.settle(order, None, None)
        return "not asked for"
    verdict, row = by.attempt(order)
    owner, url = order.job.owner, order.webhook.target.url
    if verdict.gone:
        deliveries.disable(owner, url)
    elif verdict.delivered:
        deliveries.enable(owner, url)
    kept = deliveries.settle(order, row, verdict.pause)
    host, answer = order.webhook.target.host, verdict.http_status or verdict.error
    log.info("webhook.%s %s attempt %d: %s", verdict.status, host, order.attempt, answer)
    return verdict.status if kept else "fenced"


def send_due(celery: Celery) -> None:
    """Send the messages of the deliveries that are due; each holds the job's id alone."""
    for job_id in runtime().deliveries.take():
        celery.send_task(
            DELIVER.name,
            args=[job_id],
            task_id=f"{job_id}:{DELIVER.step}",
            queue=DELIVER.queue.value,
            ignore_result=True,
        )


def register(celery: Celery, by: Courier) -> None:
    """Give the worker its task."""

    @celery.task(name=DELIVER.name, bind=True, ignore_result=True)
    def run(task: Task, job_id: str) -> str:
        token = logs.job_id.set(job_id)
        try:
            return deliver(job_id, by)
        finally:
            logs.job_id.reset(token)
