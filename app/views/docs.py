"""GET /docs: the OpenAPI page, with Swagger UI's files served from its own package."""

from __future__ import annotations

from flask import Blueprint, Response, render_template_string, send_from_directory
from swagger_ui_bundle import swagger_ui_path

blueprint = Blueprint("docs", __name__, url_prefix="/docs")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Imajin API</title>
<link rel="stylesheet" href="{{ url_for('docs.asset', name='swagger-ui.css') }}">
<div id="page"></div>
<script src="{{ url_for('docs.asset', name='swagger-ui-bundle.js') }}"></script>
<script>SwaggerUIBundle({url: "/openapi.json", dom_id: "#page"})</script>
"""


@blueprint.get("/")
def page() -> str:
    """The page that lists every route and lets one try it."""
    return render_template_string(_PAGE)


@blueprint.get("/<path:name>")
def asset(name: str) -> Response:
    """A file of Swagger UI."""
    return send_from_directory(swagger_ui_path, name)
