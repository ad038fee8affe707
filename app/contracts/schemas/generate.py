"""What /generate takes and gives."""

from __future__ import annotations

from marshmallow import fields

from app.contracts.schemas import wire
from app.contracts.schemas.images import Moderation, ModerationVerdict, TextOverlay, Watermark
from app.contracts.schemas.service import ErrorBody
from app.contracts.schemas.webhooks import WorkRequest


class GenerateRequest(WorkRequest):
    """A prompt, and how to paint it; what is left out comes from the model's defaults."""

    name = wire.text(1, 120, allow_none=True, metadata={"description": "kept in the recipe"})
    prompt = wire.text(1, 2000, required=True)
    negative_prompt = wire.text(0, 2000, load_default="")
    model = wire.text(1, 120, load_default="photorealistic")
    width = wire.integer(64, 4096, allow_none=True)
    height = wire.integer(64, 4096, allow_none=True)
    steps = wire.integer(1, 150, allow_none=True)
    guidance_scale = wire.number(0.0, 30.0, allow_none=True)
    scheduler = wire.text(1, 40, allow_none=True)
    seed = wire.seed(allow_none=True)
    num_images = wire.integer(1, 8, load_default=1)
    format = wire.one_of("png", "webp", load_default="png")
    quality = wire.integer(1, 100, allow_none=True)
    text_overlay = fields.Nested(TextOverlay, allow_none=True)
    watermark = fields.Nested(Watermark, allow_none=True)
    moderation = fields.Nested(Moderation, allow_none=True)
    embed_recipe = wire.StrictBoolean(
        load_default=False,
        metadata={"description": "write prompt, seed and model into the file, as XMP"},
    )
    allow_downgrade = wire.StrictBoolean(load_default=False)


class PaintedImage(wire.WireSchema):
    """One finished picture."""

    image_data = fields.String(metadata={"description": "base64, no data: prefix"})
    format = wire.one_of("png", "webp")
    width = fields.Integer()
    height = fields.Integer()
    seed = fields.Integer()
    moderation = fields.Nested(ModerationVerdict)
    error = fields.Nested(
        ErrorBody, metadata={"description": "in place of the picture: why it is withheld"}
    )
    url = fields.String()


class GenerateResult(PaintedImage):
    """The first picture given out on top, all of them in images, and how to make them again."""

    images = fields.List(fields.Nested(PaintedImage))
    recipe = fields.Dict(metadata={"description": "everything needed to make it again"})
    adjustments = fields.List(fields.Dict())
    timings = fields.Dict(keys=fields.String(), values=fields.Float())
