import re

import pytest

from app.factory import create_app
from config.settings import Settings


@pytest.fixture(scope="module")
def spec() -> dict:
    """The description, from an app that has talked to no Redis yet."""
    settings = Settings(redis_url="redis://127.0.0.1:1/0")
    return create_app(settings).test_client().get("/openapi.json").get_json()


def test_every_route_is_described(spec: dict) -> None:
    app = create_app(Settings(redis_url="redis://127.0.0.1:1/0"))
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule))
        for rule in app.url_map.iter_rules()
        if not str(rule).startswith(("/docs", "/openapi"))
    }

    assert routes == set(spec["paths"])


def test_every_operation_says_what_it_does_and_gives(spec: dict) -> None:
    for path, operations in spec["paths"].items():
        for method in set(operations) & {"get", "post", "delete"}:
            operation = operations[method]
            assert operation["summary"], path
            assert any(status.startswith("2") for status in operation["responses"]), path
            if method == "post" and not path.endswith(("/cancel", "/deliveries")):
                assert "application/json" in operation["requestBody"]["content"], path


def test_the_events_are_described_as_a_stream(spec: dict) -> None:
    operation = spec["paths"]["/jobs/{job_id}/events"]["get"]

    assert set(operation["responses"]["200"]["content"]) == {"text/event-stream"}
    assert "`snapshot`" in operation["responses"]["200"]["description"]
    assert "204" in operation["responses"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {"Last-Event-ID", "lastEventId"}


def test_each_async_twin_takes_what_the_plain_route_takes(spec: dict) -> None:
    twins = [path for path in spec["paths"] if path.endswith("/async")]

    assert len(twins) == 8
    for twin in twins:
        plain = spec["paths"][twin.removesuffix("/async")]["post"]
        assert plain["requestBody"] == spec["paths"][twin]["post"]["requestBody"]
        assert "202" in plain["responses"] and "200" in plain["responses"]
        assert "202" in spec["paths"][twin]["post"]["responses"]


def test_names_on_the_wire_are_camel_case(spec: dict) -> None:
    for name, schema in spec["components"]["schemas"].items():
        if name == "PaginationMetadata":  # flask-smorest's own, which no route uses
            continue
        for field in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z][A-Za-z0-9]*", field), f"{name}.{field}"


def test_unknown_fields_are_announced_as_refused(spec: dict) -> None:
    for name in ("AnalyzeRequest", "GenerateRequest", "DerivativesRequest", "Variant", "Filters"):
        assert spec["components"]["schemas"][name]["additionalProperties"] is False


def test_keys_are_described_and_asked_for_where_they_are_needed(spec: dict) -> None:
    schemes = spec["components"]["securitySchemes"]

    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["header"]["in"], schemes["header"]["name"]) == ("header", "X-Api-Key")
    assert spec["security"] == [{"bearer": []}, {"header": []}]
    open_to_all = {
        path
        for path, operations in spec["paths"].items()
        if any(operation.get("security") == [] for operation in operations.values()
               if isinstance(operation, dict))
    }  # fmt: skip
    assert open_to_all == {"/healthz", "/readyz"}
