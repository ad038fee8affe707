"""The Blueprint of all views: flask-smorest's, with our strict parser."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema

from app.contracts.schemas.examples import EXAMPLES
from app.contracts.schemas.service import WorkHeaders, WorkQuery
from app.quota import check_bytes
from app.requests import Asked, StrictParser

WorkView = Callable[[dict[str, Any]], Response]


class Blueprint(SmorestBlueprint):
    """Arguments are read strictly; anything wrong with them is INVALID_REQUEST."""

    ARGUMENTS_PARSER: Any = StrictParser()

    def work(self, schema: type[Schema]) -> Callable[[WorkView], Callable[..., Response]]:
        """The arguments of a POST that submits a job: its body, `priority`, `Idempotency-Key`."""

        def decorate(view: WorkView) -> Callable[..., Response]:
            @wraps(view)
            def read(
                wanted: dict[str, Any], query: dict[str, Any], headers: dict[str, Any]
            ) -> Response:
                g.asked = Asked.of_request(query, headers)
                check_bytes()
                return view(wanted)

            inner = self.arguments(WorkHeaders, location="headers")(read)
            inner = self.arguments(WorkQuery, location="query")(inner)
            example = EXAMPLES.get(schema.__name__)
            done: Callable[..., Response] = self.arguments(schema, example=example)(inner)
            return done

        return decorate
