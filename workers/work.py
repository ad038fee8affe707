"""What a step of a job gets to work with: its payload, the blob store, and a way to report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from app.contracts.blobs import BlobStore


class Report(Protocol):
    """Tells how far the step is; raises JobCancelled once the client has cancelled the job."""

    def __call__(self, stage: str, step: int, steps: int) -> None: ...


def unseen(data: dict[str, Any]) -> None:
    """Show a preview to nobody."""


@dataclass(frozen=True)
class Work:
    """One claimed step of one job."""

    job_id: str
    payload: dict[str, Any]
    blobs: BlobStore
    report: Report
    preview: Callable[[dict[str, Any]], None] = unseen
