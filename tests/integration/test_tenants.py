"""Two tenants against every route there is: the other's job is not there, and nothing tells why.

The routes are read from the app, so that a new one is checked, or fails here until it can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from app import guard
from app.factory import create_app
from app.keys.store import KeyStore
from config.settings import Settings
from tests.harness.client import Api, assert_error
from tests.harness.images import quick_request
from tests.harness.redis_server import RedisServer
from tests.harness.stack import Stack

ALL = frozenset({"analyze", "generate", "derive", "admin"})
UNKNOWN = "0" * 32
# What a route's other parameters are filled with; a route with a new one needs a value here.
VALUES = {"index": "0", "delivery": "0", "name": "x"}
# Routes that name no job and therefore show nothing of a tenant. A new one belongs here only if
# that holds for it too.
OF_NO_JOB = {"service.models", "service.presets", "service.queues", "service.metrics"}
# What a request needs beside its sourceJob.
MORE = {
    "derivatives": {"preset": "web"},
    "sanitize": {},
    "transform": {"width": 16},
    "convert": {"format": "webp"},
    "optimize": {"quality": 60},
    "verify": {},
}


@dataclass(frozen=True)
class Route:
    """One method of one rule of the app."""

    method: str
    rule: str
    endpoint: str

    def path(self, job_id: str = UNKNOWN) -> str:
        """The rule with its parameters filled in."""
        values = VALUES | {"job_id": job_id}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], self.rule)


APP = create_app(Settings(redis_url="redis://127.0.0.1:1/0"))
ROUTES = [
    Route(method, str(rule), rule.endpoint)
    for rule in APP.url_map.iter_rules()
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
]
OF_A_JOB = [route for route in ROUTES if "job_id>" in route.rule]
OTHERS = [route for route in ROUTES if "job_id>" not in route.rule]
GUARDED = [route for route in ROUTES if not guard.public(route.endpoint)]


def named(route: Route) -> str:
    """The route as a test's name."""
    return f"{route.method} {route.rule}"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server of this file's own."""
    with RedisServer(tmp_path_factory.mktemp("tenants-redis")) as server:
        yield server


@pytest.fixture(scope="module")
def store(redis: RedisServer) -> Iterator[KeyStore]:
    """The keys in it."""
    with redis.client() as client:
        yield KeyStore(client)


@pytest.fixture(scope="module")
def stack(
    redis: RedisServer, store: KeyStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A gateway and the cpu_processing lane."""
    store.create("first", ALL)
    folder = tmp_path_factory.mktemp("tenants")
    with Stack(folder, redis.url, web_workers=1, wrong_keys_per_minute=100_000) as stack:
        yield stack.start("web", "cpu_processing").wait_for_web()


def client(stack: Stack, text: str) -> Api:
    """A client that sends this key."""
    api = Api(str(stack.api.http.base_url))
    api.http.headers["Authorization"] = f"Bearer {text}"
    return api


@pytest.fixture(scope="module")
def mine(stack: Stack, store: KeyStore) -> Iterator[Api]:
    """The tenant whose jobs they are."""
    api = client(stack, store.create("mine", ALL, tenant="mine")[1])
    yield api
    api.close()


@pytest.fixture(scope="module")
def other(stack: Stack, store: KeyStore) -> Iterator[Api]:
    """Another tenant, an admin too."""
    api = client(stack, store.create("other", ALL)[1])
    yield api
    api.close()


@pytest.fixture(scope="module")
def jobs(mine: Api) -> dict[str, str]:
    """A job with pictures, and one that waits: no worker takes it."""
    done = mine.submit("/derivatives", quick_request())
    mine.result(done, seconds=120)
    return {"done": done, "queued": mine.submit("/analyze-context", {"category": "temple"})}


def answer(api: Api, route: Route, path: str) -> tuple[int, bytes, str]:
    """What must be equal for another's job and for none: status, body, type."""
    body = {} if route.method == "POST" else None
    with api.http.stream(route.method, path, json=body) as found:
        # A stream of events is not read to its end.
        content = found.read() if found.status_code != 200 else b""
        return found.status_code, content, found.headers["Content-Type"]


@pytest.mark.parametrize("state", ["done", "queued"])
@pytest.mark.parametrize("route", OF_A_JOB, ids=named)
def test_anothers_job_is_not_there(
    mine: Api, other: Api, jobs: dict[str, str], route: Route, state: str
) -> None:
    none = answer(other, route, route.path())

    assert answer(other, route, route.path(jobs[state])) == none
    assert (none[0], b'"JOB_NOT_FOUND"' in none[1]) == (404, True), none
    before = {"done": "succeeded", "queued": "queued"}[state]
    assert mine.job(jobs[state])["status"] == before


@pytest.mark.parametrize("route", OF_A_JOB, ids=named)
def test_the_same_route_finds_ones_own_job(mine: Api, jobs: dict[str, str], route: Route) -> None:
    code, content, _ = answer(mine, route, route.path(jobs["done"]))

    assert (code, b"JOB_NOT_FOUND" in content) != (404, True), content


def test_every_route_names_a_job_or_shows_nothing_of_one() -> None:
    shown = [one for one in GUARDED if one in OTHERS and one.method != "POST"]

    assert {route.endpoint for route in shown} <= OF_NO_JOB


def requests_naming_a_job() -> dict[str, set[str]]:
    """The POST routes whose bodies can name a job, with the field that does."""
    spec = APP.test_client().get("/openapi.json").get_json()
    schemas = spec["components"]["schemas"]
    found: dict[str, set[str]] = {}
    for path, operations in spec["paths"].items():
        body = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if body:
            name = body["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            fields = {field for field in schemas[name]["properties"] if "job" in field.lower()}
            if fields:
                found[path] = fields
    return found


@pytest.mark.parametrize(("path", "fields"), requests_naming_a_job().items())
def test_anothers_job_is_no_source(
    mine: Api, other: Api, jobs: dict[str, str], path: str, fields: set[str]
) -> None:
    assert fields == {"sourceJob"}
    more = MORE[path.split("/")[1]]

    def post(api: Api, job_id: str) -> httpx.Response:
        return api.post(path, {"sourceJob": {"jobId": job_id, "index": 0}} | more)

    none = post(other, UNKNOWN)
    assert_error(none, 404, "JOB_NOT_FOUND")
    assert post(other, jobs["done"]).content == none.content
    assert post(mine, jobs["done"]).status_code in (200, 202)


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_without_a_key_no_route_says_more_than_that(stack: Stack, route: Route) -> None:
    found = stack.api.http.request(route.method, route.path())

    assert assert_error(found, 401, "UNAUTHORIZED") == {}


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_each_route_needs_its_scope(stack: Stack, store: KeyStore, route: Route) -> None:
    scope = guard.needed_scope(route.endpoint)
    api = client(stack, store.create("less", ALL - {scope})[1])

    found = api.http.request(route.method, route.path(), json={})

    if scope == guard.ANY_KEY:
        assert found.status_code != 403
    else:
        assert assert_error(found, 403, "FORBIDDEN") == {"scope": scope}
    api.close()


def test_the_keys_of_a_tenant_share_its_jobs(
    stack: Stack, store: KeyStore, jobs: dict[str, str]
) -> None:
    api = client(stack, store.create("mine-next", frozenset(), tenant="mine")[1])

    assert api.job(jobs["done"])["status"] == "succeeded"
    assert api.get(f"/jobs/{jobs['done']}/images/0").content.startswith(b"\x89PNG")
    api.close()


def test_a_picture_is_found_by_its_job_and_never_by_its_hash(
    mine: Api, jobs: dict[str, str]
) -> None:
    etag = mine.get(f"/jobs/{jobs['done']}/images/0").headers["ETag"].strip('"')

    for path in (f"/blobs/{etag}", f"/images/{etag}", f"/jobs/{etag}", f"/jobs/{etag[:32]}"):
        assert mine.get(path).status_code == 404
