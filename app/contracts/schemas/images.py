"""What can be asked of a picture: overlay, watermark, moderation, encoding."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.contracts.schemas import wire


class Stroke(wire.DropNone):
    """An outline round each glyph: width as a fraction of the font size.

    Without a colour it is black or white, as it stands out from the text's.
    """

    width = wire.number(0.0, 0.5, load_default=0.06)
    color = wire.color(allow_none=True)


class Shadow(wire.DropNone):
    """A soft copy of the text under it: blur and offset as fractions of the font size."""

    color = wire.color(load_default="#000000a0")
    blur = wire.number(0.0, 0.5, load_default=0.12)
    x = wire.number(-1.0, 1.0, load_default=0.05)
    y = wire.number(-1.0, 1.0, load_default=0.08)


class TextOverlay(wire.DropNone):
    """Text drawn onto the picture. Sizes are fractions of the picture's height or width.

    Without a colour it is black or white, whichever has more contrast with what it stands on, and
    gets an outline where neither has enough. A named font leads a chain of others, so that every
    script is drawn; directions are found by the text itself where none is given.
    """

    text = wire.text(1, 500, required=True)
    position = wire.one_of(*wire.POSITIONS, load_default="south")
    font = wire.text(1, 80, allow_none=True)
    size = wire.number(0.01, 0.5, load_default=0.06)
    color = wire.color(allow_none=True)
    stroke = fields.Nested(Stroke, allow_none=True)
    shadow = fields.Nested(Shadow, allow_none=True)
    background = wire.color(allow_none=True)
    max_width = wire.number(0.1, 1.0, load_default=0.9)
    align = wire.one_of("left", "center", "right", load_default="center")
    direction = wire.one_of("ltr", "rtl", allow_none=True)


class Watermark(wire.DropNone):
    """A text or an image laid over the picture, once or tiled.

    scale is a fraction of the picture's width; rotation is in degrees, against the clock.
    """

    text = wire.text(1, 120, allow_none=True)
    image = wire.base64_image(allow_none=True)
    position = wire.one_of(*wire.POSITIONS, load_default="southeast")
    opacity = wire.number(0.01, 1.0, load_default=0.5)
    scale = wire.number(0.02, 1.0, load_default=0.2)
    rotation = wire.number(-180.0, 180.0, load_default=0.0)
    tile = wire.StrictBoolean(load_default=False)
    invisible = wire.StrictBoolean(
        load_default=False,
        metadata={"description": "hide this service's own mark too, or alone; /verify finds it"},
    )

    @validates_schema
    def text_or_image(self, data: dict[str, Any], **_: Any) -> None:
        """Exactly one of text and image, or neither where the mark is invisible."""
        given = [name for name in ("text", "image") if data.get(name) is not None]
        if len(given) == 2 or not (given or data.get("invisible")):
            raise ValidationError("Give either text or image.", "text")


class Moderation(wire.DropNone):
    """What happens where the word rules object to the prompt or the classifier to a picture.

    flag tells it; blur makes the picture unrecognisable; block refuses the prompt, and withholds
    a picture without losing the others.
    """

    mode = wire.one_of("off", "flag", "blur", "block", load_default="flag")


class ModerationVerdict(wire.WireSchema):
    """What was objected to in one picture or its prompt, and what was done about it."""

    flagged = fields.Boolean()
    action = wire.one_of("none", "flagged", "blurred", "blocked")
    categories = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={
            "description": "by category: terms found, labels with their scores, or the reasons of "
            "cultural_sensitivity"
        },
    )
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "of each label, where there is an image classifier"},
    )


SSIM = (0.80, 0.999)
MAX_BYTES = (256, 100_000_000)


def _target(name: str, kind: str, limits: tuple[float, float]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": kind, "minimum": limits[0], "maximum": limits[1]}},
        "required": [name],
        "additionalProperties": False,
    }


class Quality(fields.Field[Any]):
    """1 to 100, or {"ssim": 0.80..0.999}, or {"maxBytes": n}."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [
            {"type": "integer", "minimum": 1, "maximum": 100},
            _target("ssim", "number", SSIM),
            _target("maxBytes", "integer", MAX_BYTES),
        ]
        super().__init__(metadata={"oneOf": choices}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            return _QualityTarget().load(value)
        return wire.integer(1, 100).deserialize(value)


class _QualityTarget(wire.DropNone):
    """A target to be searched for, instead of a fixed quality."""

    ssim = wire.number(*SSIM)
    max_bytes = wire.integer(*MAX_BYTES)

    @validates_schema
    def exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        """Either target, not both."""
        if len(data) != 1:
            raise ValidationError("Give either ssim or maxBytes.")
