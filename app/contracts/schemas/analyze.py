"""What /analyze-context takes and gives."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.contracts.schemas import wire
from app.contracts.schemas.webhooks import WorkRequest

STYLES = ("photorealistic", "anime")
ASPECT_RATIOS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16")


class Filters(wire.DropNone):
    """What the user fixed beforehand; each outranks the description."""

    culture = wire.text(1, 80, allow_none=True)
    region = wire.text(1, 80, allow_none=True)
    era = wire.text(1, 80, allow_none=True)
    season = wire.text(1, 80, allow_none=True)
    mood = wire.text(1, 80, allow_none=True)
    style = wire.one_of(*STYLES, allow_none=True)
    palette = wire.text(1, 120, allow_none=True)
    composition = wire.text(1, 120, allow_none=True)
    aspect_ratio = wire.one_of(*ASPECT_RATIOS, allow_none=True)


class AnalyzeRequest(WorkRequest):
    """A wish in words, with what is fixed about it."""

    description = wire.text(1, 2000, allow_none=True)
    category = wire.text(1, 80, allow_none=True)
    filters = fields.Nested(Filters, load_default=dict)
    count = wire.integer(1, 8, load_default=3)
    seed = wire.seed(allow_none=True)
    include_reasoning = wire.StrictBoolean(load_default=False)

    @validates_schema
    def something_to_analyze(self, data: dict[str, Any], **_: Any) -> None:
        """Ask for a description or a category."""
        if not data.get("description") and not data.get("category"):
            raise ValidationError("Give a description or a category.", "description")


class Evidence(wire.WireSchema):
    """Why a culture was recognised: the rule and the place in the user's own words."""

    rule = fields.String()
    span = fields.List(fields.Integer(), metadata={"description": "[start, end) in code points"})
    text = fields.String()
    culture = fields.String()
    weight = fields.Float()


class Sensitivity(wire.WireSchema):
    """Something to take care with in pictures of this culture."""

    about = fields.String()
    advice = fields.String()


class Alternative(wire.WireSchema):
    """A culture that was considered too."""

    culture = fields.String()
    confidence = fields.Float()


class ClassificationSchema(wire.WireSchema):
    """What the rule-based classifier found."""

    culture = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    confidence = fields.Float()
    tags = fields.List(fields.String())
    evidence = fields.List(fields.Nested(Evidence))
    sensitivities = fields.List(fields.Nested(Sensitivity))
    alternatives = fields.List(fields.Nested(Alternative))


class GenerationConfig(wire.WireSchema):
    """What /generate takes beside a prompt."""

    model = fields.String()
    width = fields.Integer()
    height = fields.Integer()
    steps = fields.Integer()
    guidance_scale = fields.Float()
    scheduler = fields.String()
    seed = fields.Integer()
    num_images = fields.Integer()


class ParsedPrompt(wire.WireSchema):
    """One picture in words."""

    name = fields.String()
    prompt = fields.String()
    negative_prompt = fields.String()


class AnalyzeResult(wire.WireSchema):
    """The classification, the config and the prompts; post {...prompt, ...config} to /generate."""

    classification = fields.Nested(ClassificationSchema)
    config = fields.Nested(GenerationConfig)
    prompts = fields.List(fields.Nested(ParsedPrompt))
    source = wire.one_of("llm", "fallback")
    model = fields.String()
    reasoning = fields.String()
    timings = fields.Dict(keys=fields.String(), values=fields.Float())
