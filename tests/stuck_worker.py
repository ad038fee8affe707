"""A cpu_processing worker whose step does what the first variant's name says, for tests of limits.

"in-c" is a C call that no signal interrupts; "with-gil" one that stops every other thread too.
"""

from __future__ import annotations

import ctypes
import hashlib
import time

from app.contracts.jobs import StepOutcome
from app.contracts.tasks import DERIVE, Queue
from config.settings import current
from workers.celery_app import in_child, worker_app
from workers.task import ImajinTask
from workers.work import Work

celery = worker_app(Queue.CPU_PROCESSING, __name__, lambda settings: settings.cpu_workers)
in_child(Queue.CPU_PROCESSING, warm=lambda index: None)


def act(work: Work) -> StepOutcome:
    """Do it."""
    what = work.payload["variants"][0]["name"]
    work.report("variants", 0, 100)
    if what == "in-c":
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
    elif what == "with-gil":
        ctypes.PyDLL(None).sleep(current().derivative_timeout + 60)
    elif what == "slow":
        for step in range(1, 100):
            work.report("variants", step, 100)
            time.sleep(0.1)
    return StepOutcome(result={})


@celery.task(name=DERIVE.name, base=ImajinTask, bind=True)
def derive(task: ImajinTask, job_id: str) -> str:
    """The shell."""
    return task.work(job_id, act)
