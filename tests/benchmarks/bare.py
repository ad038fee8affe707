"""The bare thing: Celery on Redis with its defaults, one child, tasks that do nothing."""

from __future__ import annotations

import os

from celery import Celery

url = os.environ["REDIS_URL"]
celery = Celery("bare", broker=url, backend=url)


@celery.task(name="bare.noop")
def noop() -> None:
    """Do nothing."""


@celery.task(name="bare.echo")
def echo(image: str) -> str:
    """Give the base64 text back."""
    return image
