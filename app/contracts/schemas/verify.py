"""What /verify takes and gives."""

from __future__ import annotations

from marshmallow import fields

from app.contracts.schemas import wire
from app.contracts.schemas.derivatives import Source, SourceInfo


class VerifyRequest(Source):
    """A picture, sent or made by an earlier job."""


class Signer(wire.WireSchema):
    """Who signed, as the certificate says."""

    issuer = fields.String()
    common_name = fields.String()
    algorithm = fields.String()
    time = fields.String(metadata={"description": "of a timestamp authority, where one was asked"})


class Action(wire.WireSchema):
    """One thing that was done to the picture, in C2PA's words."""

    action = fields.String()
    when = fields.String()
    digital_source_type = fields.String()
    software_agent = fields.String()
    description = fields.String()


class Ingredient(wire.WireSchema):
    """A picture that went into this one."""

    title = fields.String()
    format = fields.String()
    relationship = fields.String()
    state = wire.one_of("valid", "invalid", "none", metadata={"description": "of its credentials"})
    actions = fields.List(fields.Nested(Action))


class Problem(wire.WireSchema):
    """What does not hold, by C2PA's code."""

    code = fields.String()
    explanation = fields.String()


class CredentialsReport(wire.WireSchema):
    """What the C2PA manifest in force says, and whether it holds."""

    state = wire.one_of(
        "trusted",
        "valid",
        "invalid",
        metadata={"description": "valid: whole, but signed by nobody who is trusted here"},
    )
    claim_generator = fields.String()
    signer = fields.Nested(Signer)
    actions = fields.List(fields.Nested(Action))
    ingredients = fields.List(fields.Nested(Ingredient))
    recipe = fields.Dict(metadata={"description": "model, revision and the recipe's SHA-256"})
    problems = fields.List(fields.Nested(Problem))


class InvisibleMark(wire.WireSchema):
    """This service's own invisible mark in the picture."""

    found = fields.Boolean()
    score = fields.Float(metadata={"description": "found from 5 on; without a mark about 0 ± 1"})


class VerifyResult(wire.WireSchema):
    """What a picture says of its origin; null where it says nothing."""

    source = fields.Nested(SourceInfo)
    digital_source_type = fields.String(
        allow_none=True, metadata={"description": "IPTC's, as the XMP has it; anyone can write it"}
    )
    credentials = fields.Nested(CredentialsReport, allow_none=True)
    recipe = fields.Dict(allow_none=True, metadata={"description": "if it was embedded"})
    invisible_mark = fields.Nested(
        InvisibleMark, allow_none=True, metadata={"description": "null where it has no key"}
    )
    timings = fields.Dict(keys=fields.String(), values=fields.Float())
