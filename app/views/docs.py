"""GET /docs: the OpenAPI page, with Swagger UI's files served from its own package."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template_string, send_from_directory
from swagger_ui_bundle import swagger_ui_path

from app.headers import SWAGGER

blueprint = Blueprint("docs", __name__, url_prefix="/docs")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Imajin API</title>
<link rel="icon" href="{{ url_for('docs.asset', name='favicon-32x32.png') }}">
<link rel="stylesheet" href="{{ url_for('docs.asset', name='swagger-ui.css') }}">
<div id="page"></div>
<script src="{{ url_for('docs.asset', name='swagger-ui-bundle.js') }}"></script>
<script src="{{ url_for('docs.start') }}"></script>
"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#page"})\n'


@blueprint.get("/")
def page() -> Response:
    """The page that lists every route and lets one try it."""
    response = make_response(render_template_string(_PAGE))
    response.headers["Content-Security-Policy"] = SWAGGER
    return response


@blueprint.get("/start.js")
def start() -> Response:
    """The page's own script, in a file because the page may run none that is inline."""
    return Response(_START, mimetype="text/javascript")


@blueprint.get("/<path:name>")
def asset(name: str) -> Response:
    """A file of Swagger UI."""
    return send_from_directory(swagger_ui_path, name)
