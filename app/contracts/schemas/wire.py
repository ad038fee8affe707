"""Fields and checks that several schemas share."""

from __future__ import annotations

import unicodedata
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

# Patterns are those of JSON Schema and of Python; (?!\n) keeps Python's $ to the very end.
_COLOR = r"^(#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[a-z]{3,20})(?!\n)$"

POSITIONS = (
    "center",
    "north",
    "northeast",
    "east",
    "southeast",
    "south",
    "southwest",
    "west",
    "northwest",
)
GRAVITIES = (*POSITIONS, "smart")
MAX_SEED = 2**32 - 1


def camel(name: str) -> str:
    """snake_case to camelCase, the case of JSON on the wire."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


class WireSchema(Schema):
    """A schema that speaks camelCase and refuses unknown fields (marshmallow's default)."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Give each field its camelCase name on the wire."""
        field_obj.data_key = camel(field_obj.data_key or field_name)


class Text(fields.String):
    """Unicode text in NFC, without NUL, other controls, or lone surrogates."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))
        if any(
            unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t" for char in text
        ):
            raise ValidationError("Control characters and lone surrogates are not text.")
        return text


class StrictInteger(fields.Integer):
    """A JSON number without a fraction; no strings, no booleans."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class StrictFloat(fields.Float):
    """A finite JSON number; no strings, no booleans."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class StrictBoolean(fields.Boolean):
    """JSON true or false and nothing else."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def text(minimum: int, maximum: int, **kwargs: Any) -> Text:
    """A text field of a length in characters; blank text counts as empty."""

    def not_blank(value: str) -> None:
        if minimum and not value.strip():
            raise ValidationError("This may not be blank.")

    length = validate.Length(min=minimum, max=maximum)
    return Text(validate=[length, not_blank], **kwargs)


def integer(minimum: int, maximum: int, **kwargs: Any) -> StrictInteger:
    """An integer field in a closed range."""
    return StrictInteger(validate=validate.Range(min=minimum, max=maximum), **kwargs)


def number(minimum: float, maximum: float, **kwargs: Any) -> StrictFloat:
    """A number field in a closed range."""
    return StrictFloat(validate=validate.Range(min=minimum, max=maximum), **kwargs)


def one_of(*choices: str, **kwargs: Any) -> fields.String:
    """A word from a closed list."""
    return fields.String(validate=validate.OneOf(choices), **kwargs)


def seed(**kwargs: Any) -> StrictInteger:
    """A seed: 0 to 2**32 - 1."""
    return integer(0, MAX_SEED, **kwargs)


def color(**kwargs: Any) -> fields.String:
    """A colour: #rgb, #rgba, #rrggbb, #rrggbbaa or a CSS colour name."""
    sentence = "Give a colour as #rgb, #rrggbb, #rrggbbaa or a CSS name."
    return fields.String(validate=validate.Regexp(_COLOR, error=sentence), **kwargs)


def base64_image(**kwargs: Any) -> fields.String:
    """Image bytes as base64 (RFC 4648 section 4) or as a data URI (RFC 2397)."""
    return fields.String(validate=validate.Length(min=1), metadata={"format": "byte"}, **kwargs)


class DropNone(WireSchema):
    """A request schema in which a field given as null counts as not given."""

    @post_load
    def drop_none(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out what is None, so that code reads presence alone."""
        return {key: value for key, value in data.items() if value is not None}
