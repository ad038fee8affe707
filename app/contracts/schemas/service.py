"""What the job routes and the service routes give."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.contracts.jobs import Priority
from app.contracts.schemas import wire
from app.contracts.tasks import JobType


class WaitQuery(wire.WireSchema):
    """How long a poll may be held, in seconds."""

    wait = fields.Integer(load_default=0, validate=validate.Range(min=0, max=120))


def _event_number(**kwargs: Any) -> fields.String:
    number = validate.Regexp(r"^[0-9]{1,15}$", error="Give the number of an event.")
    return fields.String(validate=number, **kwargs)


class LastEvent(Schema):
    """The last event that a client has; its number as the header of EventSource."""

    last_event_id = _event_number(data_key="Last-Event-ID")


class LastEventQuery(wire.WireSchema):
    """The same for clients that cannot set the header."""

    last_event_id = _event_number()


class WorkQuery(wire.WireSchema):
    """How urgent a job is beside others that wait."""

    priority = wire.one_of(
        *(priority.value for priority in Priority), load_default=Priority.NORMAL.value
    )


class WorkHeaders(wire.WireSchema):
    """What makes a POST that is sent again give the first one's job."""

    idempotency_key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Regexp("^[!-~]{1,255}$", error="Give 1 to 255 visible ASCII characters."),
        metadata={"description": "the same key and request give the first job again"},
    )


class Links(wire.WireSchema):
    """Where a job's poll, result, events and cancellation are."""

    self = fields.String()
    result = fields.String()
    events = fields.String()
    cancel = fields.String()


class Accepted(wire.WireSchema):
    """The job is stored and will end in a result or an error."""

    job_id = fields.String()
    status = fields.String()
    queue_position = fields.Integer(metadata={"description": "jobs before this one"})
    eta_seconds = fields.Integer(metadata={"description": "seconds to its end, where known"})
    links = fields.Nested(Links)


class ErrorBody(wire.WireSchema):
    """The one shape of every error."""

    error = fields.String(metadata={"description": "one human sentence"})
    code = fields.String()
    details = fields.Dict()


class ProgressSchema(wire.WireSchema):
    """How far a running job is."""

    stage = fields.String()
    step = fields.Integer()
    steps = fields.Integer()
    percent = fields.Integer()
    eta_seconds = fields.Integer(metadata={"description": "seconds to the job's end, guessed"})


class JobStatus(wire.WireSchema):
    """One snapshot of a job."""

    job_id = fields.String()
    type = wire.one_of(*(kind.value for kind in JobType))
    status = wire.one_of("queued", "processing", "succeeded", "failed", "cancelled")
    progress = fields.Nested(ProgressSchema)
    queue_position = fields.Integer(metadata={"description": "jobs before this one"})
    eta_seconds = fields.Integer(metadata={"description": "seconds to its end, where known"})
    error = fields.Nested(ErrorBody)
    created_at = fields.String(metadata={"format": "date-time"})
    started_at = fields.String(metadata={"format": "date-time"})
    finished_at = fields.String(metadata={"format": "date-time"})
    attempts = fields.Integer()
    links = fields.Nested(Links)


class QueueStatus(wire.WireSchema):
    """One queue: jobs that wait, live workers, the oldest waiting job's age in seconds."""

    name = fields.String()
    depth = fields.Integer()
    workers = fields.Integer()
    oldest_seconds = fields.Float(allow_none=True)


class Queues(wire.WireSchema):
    """All queues."""

    queues = fields.List(fields.Nested(QueueStatus))


class Models(wire.WireSchema):
    """The models this deployment offers, and the names clients may use for them."""

    models = fields.List(fields.Dict())
    aliases = fields.Dict()


class PresetList(wire.WireSchema):
    """Presets by name, each with its variants."""

    presets = fields.Dict()


class Health(wire.WireSchema):
    """Alive, or ready for work."""

    status = fields.String()
