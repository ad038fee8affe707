"""The webhooks worker: celery --app workers.webhooks.main worker.

Its deliveries wait for other people's servers and need no CPU, so they are threads of one process.
"""

from __future__ import annotations

from app.contracts.tasks import Queue
from config.settings import current
from workers.celery_app import beside, worker_app
from workers.webhooks.tasks import courier, register, send_due

celery = worker_app(Queue.WEBHOOKS, __name__, lambda settings: settings.webhook_threads)
celery.conf.worker_pool = "threads"
register(celery, courier(current()))
beside(Queue.WEBHOOKS, "webhooks", lambda: send_due(celery))
