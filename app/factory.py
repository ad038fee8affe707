"""The Flask app: wiring and nothing else."""

from __future__ import annotations

from flask import Flask

from app import errors, guard, headers, requests
from app.openapi import ImajinApi
from app.services import EXTENSION, Services, build_services
from app.slow_bodies import SlowBodies
from app.views import analyze, deliveries, derivatives, docs, generate, jobs, service, verify
from config.settings import Settings, SettingsError, current

VERSION = "0.1.0"


def create_app(settings: Settings | None = None, services: Services | None = None) -> Flask:
    """Build the gateway; without arguments from the environment."""
    settings = settings or current()
    app = Flask("imajin", static_folder=None)
    if app.debug:
        raise SettingsError("FLASK_DEBUG shows the inside to anybody; unset it.")
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_JSON_DEPTH=settings.max_json_depth,
        API_TITLE="Imajin",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.wsgi_app = SlowBodies(app.wsgi_app, settings.body_seconds)  # type: ignore[method-assign]
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.extensions[EXTENSION] = services or build_services(settings)
    app.before_request(requests.begin)
    app.before_request(guard.admit)
    app.after_request(guard.show_rate)
    app.after_request(requests.finish)
    app.after_request(headers.harden)
    api = ImajinApi(app)
    for module in (analyze, generate, derivatives, verify, jobs, deliveries, service):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(docs.blueprint)
    errors.register(app)
    return app
