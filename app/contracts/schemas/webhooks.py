"""What a webhook request takes, and what its delivery log gives."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate

from app.contracts.schemas import wire
from app.contracts.webhooks import EVENTS, MAX_URL, BadTarget, Target


def _is_target(url: str) -> None:
    try:
        Target.parse(url)
    except BadTarget as error:
        raise ValidationError(str(error)) from None


class WebhookRequest(wire.DropNone):
    """Where the job's end is to be told: signed as Standard Webhooks has it."""

    url = fields.String(
        required=True,
        validate=[validate.Length(max=MAX_URL), _is_target],
        metadata={"format": "uri", "description": "https, and a host on the open internet"},
    )
    events = fields.List(
        wire.one_of(*EVENTS),
        validate=validate.Length(min=1, max=len(EVENTS)),
        load_default=lambda: list(EVENTS),
        metadata={"description": "which endings are told; all without it"},
    )


class WorkRequest(wire.DropNone):
    """What every request for work may hold beside its own fields."""

    webhook = fields.Nested(WebhookRequest, allow_none=True)


class Delivery(wire.WireSchema):
    """One attempt to tell of a job's end."""

    id = fields.String(metadata={"description": "the webhook-id, the same on each attempt"})
    event = wire.one_of(*EVENTS)
    url = fields.String()
    attempt = fields.Integer()
    at = fields.String(metadata={"format": "date-time"})
    status = wire.one_of("delivered", "retrying", "failed", "refused", "disabled")
    http_status = fields.Integer()
    duration_ms = fields.Integer()
    error = fields.String()
    next_attempt_at = fields.String(metadata={"format": "date-time"})


class DeliveryList(wire.WireSchema):
    """The attempts so far, oldest first."""

    deliveries = fields.List(fields.Nested(Delivery))
