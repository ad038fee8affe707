"""The service's own description: its keys, and the errors each operation may answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec import BasePlugin
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from app.contracts.errors import all_errors
from app.contracts.schemas.service import ErrorBody

SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, imj_…, made by `python -m app.keys create`. A service without "
        "any key asks for none and listens on loopback only.",
    },
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
SECURITY: list[dict[str, list[str]]] = [{name: []} for name in SECURITY_SCHEMES]

EVERYWHERE = (401, 403, 406, 422, 429, 500, 503)
WITH_A_BODY = (400, 408, 413, 415)
OF_A_JOB = (404, 409, 410, 507)  # also of a POST, which may name an earlier job and waits for one


def declared(path: str, method: str, has_body: bool) -> set[int]:
    """The error statuses that this operation may answer."""
    statuses = set(EVERYWHERE)
    if has_body:
        statuses |= {*WITH_A_BODY}
    if has_body or "{" in path or method == "post":
        statuses |= {*OF_A_JOB}
    return statuses


class DeclaredErrors(BasePlugin):
    """Adds the declared errors to every operation, views of other modules included."""

    def operation_helper(
        self,
        path: str | None = None,
        operations: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Name each status's response component where the view names nothing of its own."""
        for method, operation in (operations or {}).items():
            responses = operation.setdefault("responses", {})
            for status in sorted(declared(path or "", method, "requestBody" in operation)):
                responses.setdefault(str(status), HTTPStatus(status).name)


class ImajinApi(Api):  # type: ignore[misc]  # flask-smorest carries no types
    """flask-smorest's Api, whose description knows our errors and their one shape."""

    ERROR_SCHEMA = ErrorBody
    DEFAULT_ERROR_RESPONSE_NAME = None  # it would declare whatever happens

    def __init__(self, app: Any) -> None:
        spec = {"extra_plugins": [DeclaredErrors()], "security": SECURITY}
        super().__init__(app, spec_kwargs=spec)
        for name, scheme in SECURITY_SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)

    def _register_responses(self) -> None:
        """One component a status, which lists the codes that have it."""
        for status in HTTPStatus:
            codes = [error.code for error in all_errors() if error.status == status]
            response: dict[str, Any] = {
                "description": ", ".join(dict.fromkeys(codes)) or status.phrase
            }
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, self.DEFAULT_RESPONSE_CONTENT_TYPE)
            self.spec.components.response(status.name, response, lazy=True)
