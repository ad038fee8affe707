"""The Blueprint of all views: flask-smorest's, with our strict parser."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint as SmorestBlueprint

from app.requests import StrictParser


class Blueprint(SmorestBlueprint):
    """Arguments are read strictly; anything wrong with them is INVALID_REQUEST."""

    ARGUMENTS_PARSER: Any = StrictParser()
