"""What /derivatives and its four shorter sisters take and give."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.contracts.schemas import wire
from app.contracts.schemas.images import Quality, TextOverlay, Watermark
from app.contracts.schemas.webhooks import WorkRequest

FITS = ("cover", "contain", "fill", "inside", "outside")
FORMATS = ("webp", "jpeg", "png", "avif", "original")
MAX_SIDE = 8192


class SourceJob(wire.DropNone):
    """A picture that an earlier job made."""

    job_id = wire.text(1, 64, required=True)
    index = wire.integer(0, 31, load_default=0)


class Sanitize(wire.DropNone):
    """Which metadata may stay."""

    keep = fields.List(wire.one_of("copyright", "provenance", "icc"), load_default=list)


class CropBox(wire.DropNone):
    """An exact rectangle in pixels of the oriented source."""

    x = wire.integer(0, 65535, required=True)
    y = wire.integer(0, 65535, required=True)
    width = wire.integer(1, 65535, required=True)
    height = wire.integer(1, 65535, required=True)


class Transform(wire.DropNone):
    """Geometry: crop first, then fit into width and height."""

    width = wire.integer(1, MAX_SIDE, allow_none=True)
    height = wire.integer(1, MAX_SIDE, allow_none=True)
    fit = wire.one_of(*FITS, load_default="inside")
    gravity = wire.one_of(*wire.GRAVITIES, load_default="center")
    crop = fields.Nested(CropBox, allow_none=True)
    enlarge = wire.StrictBoolean(allow_none=True)
    background = wire.color(allow_none=True)


class Variant(Transform):
    """One derived picture."""

    name = fields.String(
        required=True, validate=validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\n)$")
    )
    format = wire.one_of(*FORMATS, load_default="original")
    quality = Quality(allow_none=True)
    watermark = fields.Nested(Watermark, allow_none=True)
    text_overlay = fields.Nested(TextOverlay, allow_none=True)


class Source(WorkRequest):
    """Image bytes, or a picture of an earlier job."""

    image_data = wire.base64_image(allow_none=True)
    source_job = fields.Nested(SourceJob, allow_none=True)

    @validates_schema
    def one_source(self, data: dict[str, Any], **_: Any) -> None:
        """Exactly one of the two."""
        if (data.get("image_data") is None) == (data.get("source_job") is None):
            raise ValidationError("Give either imageData or sourceJob.", "imageData")


class DerivativesRequest(Source):
    """A source and the variants wanted of it, listed or as a preset."""

    sanitize = fields.Nested(Sanitize, allow_none=True)
    variants = fields.List(
        fields.Nested(Variant), validate=validate.Length(min=1, max=32), allow_none=True
    )
    preset = wire.text(1, 64, allow_none=True)

    @validates_schema
    def variants_or_preset(self, data: dict[str, Any], **_: Any) -> None:
        """Exactly one of the two, and each name once."""
        variants = data.get("variants")
        if (variants is None) == (data.get("preset") is None):
            raise ValidationError("Give either variants or preset.", "variants")
        names = [variant["name"] for variant in variants or []]
        if len(set(names)) != len(names):
            raise ValidationError("Each variant needs a name of its own.", "variants")


class SanitizeRequest(Source):
    """Take the metadata out, keep format and size."""

    keep = fields.List(wire.one_of("copyright", "provenance", "icc"), load_default=list)


class TransformRequest(Source, Transform):
    """Crop and resize, keep the format."""


class ConvertRequest(Source):
    """Another format, same size."""

    format = wire.one_of("webp", "jpeg", "png", "avif", required=True)
    quality = Quality(allow_none=True)
    background = wire.color(allow_none=True)


class OptimizeRequest(Source):
    """Fewer bytes: the same format and size by default, at a quality or a target."""

    format = wire.one_of(*FORMATS, load_default="original")
    quality = Quality(allow_none=True)


class SourceInfo(wire.WireSchema):
    """What came in."""

    format = fields.String()
    width = fields.Integer()
    height = fields.Integer()
    bytes = fields.Integer()
    frames = fields.Integer(metadata={"description": "of an animation"})


class DerivedImage(wire.WireSchema):
    """What went out."""

    name = fields.String()
    image_data = fields.String(metadata={"description": "base64, no data: prefix"})
    format = fields.String()
    width = fields.Integer()
    height = fields.Integer()
    bytes = fields.Integer()
    quality = fields.Integer(allow_none=True)
    ssim = fields.Float()
    frames = fields.Integer(metadata={"description": "of an animation"})
    url = fields.String()


class SourceSet(wire.WireSchema):
    """The variants of one media type, as the attribute `srcset` takes them."""

    type = fields.String()
    srcset = fields.String()


class DerivativesResult(wire.WireSchema):
    """The source, what was taken out of it, and the variants.

    `srcset` and `picture` are there where several variants show the picture in one shape;
    `adjustments` says which variants hold but the first frame of an animation.
    """

    source = fields.Nested(SourceInfo)
    removed = fields.List(fields.String())
    variants = fields.List(fields.Nested(DerivedImage))
    adjustments = fields.List(fields.Dict())
    srcset = fields.List(fields.Nested(SourceSet))
    picture = fields.String(metadata={"description": "a <picture> element"})
    timings = fields.Dict(keys=fields.String(), values=fields.Float())
