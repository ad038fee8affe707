"""The one table of tasks: name and queue, read by the gateway and by the workers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Queue(StrEnum):
    """A queue is a worker folder is a Procfile line."""

    GPU_LLM = "gpu_llm"
    GPU_DIFFUSION = "gpu_diffusion"
    CPU_PROCESSING = "cpu_processing"
    WEBHOOKS = "webhooks"


class JobType(StrEnum):
    """What a client asked for."""

    ANALYZE = "analyze"
    GENERATE = "generate"
    DERIVATIVE = "derivative"
    VERIFY = "verify"


@dataclass(frozen=True)
class TaskSpec:
    """A Celery task: its stable name and its queue; time limits are settings."""

    name: str
    queue: Queue

    @property
    def step(self) -> str:
        """The verb of the name, which also names the job's step in the ledger."""
        return self.name.rpartition(".")[2]


ANALYZE = TaskSpec("imajin.analyze", Queue.GPU_LLM)
GENERATE = TaskSpec("imajin.generate", Queue.GPU_DIFFUSION)
FINISH = TaskSpec("imajin.finish", Queue.CPU_PROCESSING)
DERIVE = TaskSpec("imajin.derive", Queue.CPU_PROCESSING)
VERIFY = TaskSpec("imajin.verify", Queue.CPU_PROCESSING)
DELIVER = TaskSpec("imajin.deliver", Queue.WEBHOOKS)  # tells of a job's end; no step of it

TASKS: dict[str, TaskSpec] = {
    spec.name: spec for spec in (ANALYZE, GENERATE, FINISH, DERIVE, VERIFY, DELIVER)
}

FIRST_TASK: dict[JobType, TaskSpec] = {
    JobType.ANALYZE: ANALYZE,
    JobType.GENERATE: GENERATE,
    JobType.DERIVATIVE: DERIVE,
    JobType.VERIFY: VERIFY,
}


def spec_of(step: str) -> TaskSpec:
    """The task of a ledger step; KeyError for an unknown one."""
    return TASKS[f"imajin.{step}"]
