"""/models, /presets, /queues, /healthz, /readyz and the API's own description."""

from __future__ import annotations

import pytest

from tests.harness.client import assert_error, assert_shape
from tests.harness.stack import LANES, Stack


def test_models_names_what_a_request_may_ask_for(gateway: Stack) -> None:
    body = gateway.api.get("/models").json()

    models = {model["id"]: model for model in body["models"]}
    assert models["starter"]["kind"] == "image"
    assert models["starter"]["defaults"]["guidanceScale"] > 0
    assert models["starter"]["styles"] == ["photorealistic", "anime"]
    assert models["starter"]["world"]
    assert {"photorealistic", "anime"} <= set(body["aliases"])
    texts = [model for model in body["models"] if model["kind"] == "text"]
    assert [model["id"] for model in texts if model["active"]] == ["starter-llm"]
    assert all(model["licence"] for model in body["models"])


def test_presets_lists_variants_that_a_request_could_hold(gateway: Stack) -> None:
    presets = gateway.api.get("/presets").json()["presets"]

    assert {"web", "social", "thumbnail", "print"} <= set(presets)
    for preset in presets.values():
        body = {"imageData": "aGVsbG8=", "variants": preset["variants"]}
        assert gateway.api.post("/derivatives/async", body).status_code == 202


def test_queues_counts_what_waits(gateway: Stack) -> None:
    gateway.api.submit("/analyze-context", {"category": "temple"})

    queues = {queue["name"]: queue for queue in gateway.api.get("/queues").json()["queues"]}

    assert set(queues) == set(LANES)
    assert queues["gpu_llm"]["depth"] >= 1
    assert queues["gpu_llm"]["workers"] == 0
    assert 0 <= queues["gpu_llm"]["oldestSeconds"] < 600


def test_without_workers_it_is_alive_and_not_ready(gateway: Stack) -> None:
    assert gateway.api.get("/healthz").json() == {"status": "ok"}
    details = assert_error(gateway.api.get("/readyz"), 503, "QUEUE_UNAVAILABLE")
    assert set(details["queues"]) == set(LANES)


def test_the_docs_come_without_other_hosts(gateway: Stack) -> None:
    page = gateway.api.http.get("/docs", follow_redirects=True)

    assert page.status_code == 200
    assert "http://" not in page.text and "https://" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert f"/docs/{name}" in page.text
        assert len(gateway.api.get(f"/docs/{name}").content) > 10_000


@pytest.mark.parametrize("start", ["/docs/", "/jobs/", f"/jobs/{'0' * 32}/images/"])
@pytest.mark.parametrize(
    "rest",
    [
        "../factory.py",
        "%2e%2e/%2e%2e/config/models.yaml",
        "..%2f..%2fconfig%2fmodels.yaml",
        "..%5c..%5cconfig%5cmodels.yaml",
        "%252e%252e%252fconfig/models.yaml",
        "....//....//config/models.yaml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "etc%2fpasswd%00.png",
        "%c0%ae%c0%ae/config/models.yaml",
    ],
)
def test_no_path_leads_to_another_file(gateway: Stack, start: str, rest: str) -> None:
    sent = gateway.api.http.build_request("GET", "/")
    sent.url = sent.url.copy_with(raw_path=f"{start}{rest}".encode())

    answer = gateway.api.http.send(sent, follow_redirects=True)

    assert answer.status_code == 404
    assert_shape(answer.json())


def test_openapi_describes_every_route_and_the_one_error(gateway: Stack) -> None:
    found = gateway.api.get("/openapi.json").json()

    for name in ("analyze-context", "generate", "derivatives", "sanitize", "transform", "convert",
                 "optimize"):  # fmt: skip
        assert {f"/{name}", f"/{name}/async"} <= set(found["paths"])
    assert "delete" in found["paths"]["/jobs/{job_id}"]
    generate = found["components"]["schemas"]["GenerateRequest"]
    assert generate["properties"]["guidanceScale"]["maximum"] == 30.0
    assert generate["additionalProperties"] is False
    refused = found["components"]["responses"]["UNPROCESSABLE_ENTITY"]["content"]
    assert refused["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorBody"}
    error = found["components"]["schemas"]["ErrorBody"]
    assert set(error["properties"]) == {"error", "code", "details"}
