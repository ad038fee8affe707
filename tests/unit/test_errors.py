import copy
import json
import pickle
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, abort, default_exceptions

from app import errors as gateway_errors
from app import requests
from app.contracts.errors import ImajinError, OutOfMemory, all_errors
from tests.harness.client import assert_shape

KINDS = list(all_errors())
DETAILS: dict[str, Any] = {"requested": "8GB", "categories": {"a": ["b"]}, "n": 3, "none": None}


def same(one: BaseException, other: ImajinError) -> bool:
    """Whether it is the same error of the same class."""
    return type(one) is type(other) and one.args == other.args


@pytest.mark.parametrize("kind", KINDS)
def test_args_are_what_the_constructor_took(kind: type[ImajinError]) -> None:
    error = kind("It went wrong.", DETAILS)

    assert error.args == ("It went wrong.", DETAILS)
    assert same(kind(*error.args), error)
    assert kind("It went wrong.").args == ("It went wrong.", {})


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_celerys_json(kind: type[ImajinError]) -> None:
    backend = Celery("test", backend="cache+memory://", set_as_current=False).backend
    error = kind("Ça n'a pas marché.", DETAILS)

    written = json.loads(json.dumps(backend.prepare_exception(error, "json")))

    assert same(backend.exception_to_python(written), error)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickle_and_copy(kind: type[ImajinError]) -> None:
    error = kind("It went wrong.", DETAILS)

    assert same(pickle.loads(pickle.dumps(error)), error)  # noqa: S301  our own bytes
    assert same(copy.deepcopy(error), error)


def test_an_error_is_shown_as_error_code_and_details() -> None:
    error = OutOfMemory("The GPU is full.", {"requested": "8GB", "available": "4GB"})

    assert error.as_json() == {
        "error": "The GPU is full.",
        "code": "GPU_OOM",
        "details": {"requested": "8GB", "available": "4GB"},
    }
    assert str(error) == error.message == "The GPU is full."


def test_details_are_not_changed_from_outside() -> None:
    error = OutOfMemory("The GPU is full.", {"requested": "8GB"})
    error.details["requested"] = "9GB"

    assert error.details == {"requested": "8GB"}


@pytest.fixture
def client() -> FlaskClient:
    """An app with our handlers and routes that fail in every way."""
    app = Flask("test")
    app.config["MAX_CONTENT_LENGTH"] = 100
    app.before_request(requests.begin)
    app.after_request(requests.finish)
    gateway_errors.register(app)
    app.add_url_rule("/abort/<int:status>", "abort", abort)
    app.add_url_rule("/ours/<int:index>", "ours", ours)
    app.add_url_rule("/bug", "bug", lambda: 1 // 0)
    app.add_url_rule("/odd", "odd", odd)
    return app.test_client()


class Odd(HTTPException):
    """A status that werkzeug has no class for."""

    code = 499
    description = "<b>odd</b>"


def odd() -> str:
    """Raise it."""
    raise Odd


def ours(index: int) -> str:
    """Raise one of our own errors."""
    raise KINDS[index]("It went wrong.", DETAILS)


@pytest.mark.parametrize("status", sorted(code for code in default_exceptions if code >= 400))
def test_every_error_of_werkzeug_has_the_one_shape(client: FlaskClient, status: int) -> None:
    answer = client.get(f"/abort/{status}")

    body = answer.get_json()
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert_shape(body)
    codes = {kind.code for kind in KINDS}
    assert body["code"] in codes
    expected = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 406: "NOT_ACCEPTABLE",
                413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}  # fmt: skip
    assert body["code"] == expected.get(status, body["code"])
    assert (body["code"] == "INTERNAL") == (status >= 500)


@pytest.mark.parametrize("index", range(len(KINDS)), ids=[kind.code for kind in KINDS])
def test_every_error_of_ours_has_its_status_and_code(client: FlaskClient, index: int) -> None:
    answer = client.get(f"/ours/{index}")

    assert answer.status_code == KINDS[index].status
    assert answer.get_json() == KINDS[index]("It went wrong.", DETAILS).as_json()


def test_a_bug_tells_its_request_id_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/bug", headers={"X-Request-Id": "abc"})

    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (500, "INTERNAL")
    assert body["details"] == {"requestId": "abc"}
    assert_shape(body)
    assert "division" not in body["error"]


def test_an_unknown_status_still_has_the_one_shape(client: FlaskClient) -> None:
    answer = client.get("/odd")

    assert answer.status_code == 499
    assert answer.get_json()["code"] == "INVALID_REQUEST"
