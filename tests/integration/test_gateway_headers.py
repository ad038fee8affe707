"""The security headers of every answer; against a live gunicorn."""

from __future__ import annotations

import pytest

from app.factory import create_app
from config.settings import Settings, SettingsError
from tests.harness.stack import Stack

PATHS = {
    "an answer": ("/healthz", 200),
    "a description": ("/openapi.json", 200),
    "an error": ("/nowhere", 404),
    "a job's error": ("/jobs/" + "0" * 32, 404),
    "a redirect": ("/docs", 308),
    "a page": ("/docs/", 200),
    "a file of the page": ("/docs/swagger-ui.css", 200),
}


@pytest.mark.parametrize(("path", "status"), PATHS.values(), ids=PATHS.keys())
def test_every_answer_is_locked_up(gateway: Stack, path: str, status: int) -> None:
    answer = gateway.api.get(path)

    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    assert "unsafe-eval" not in policy and "script-src 'unsafe-inline'" not in policy
    assert answer.headers["X-Request-Id"]


def test_jobs_are_not_kept_by_any_cache(gateway: Stack) -> None:
    accepted = gateway.api.post("/generate/async", {"prompt": "a torii"})

    assert accepted.headers["Cache-Control"] == "no-store"
    assert gateway.api.get(accepted.headers["Location"]).headers["Cache-Control"] == "no-store"


def test_data_may_load_nothing_and_the_docs_page_its_own_files_alone(gateway: Stack) -> None:
    assert "script-src" not in gateway.api.get("/models").headers["Content-Security-Policy"]
    page = gateway.api.get("/docs/")

    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    # What the policy forbids the page must not need.
    assert page.text.count("<script") == page.text.count("<script src=")
    script = gateway.api.get("/docs/start.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "SwaggerUIBundle" in script.text


def test_other_origins_are_told_nothing(gateway: Stack) -> None:
    for method in ("GET", "OPTIONS"):
        answer = gateway.api.http.request(
            method, "/models", headers={"Origin": "https://elsewhere.example"}
        )
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_gateway_does_not_start_in_debug_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")

    with pytest.raises(SettingsError, match="FLASK_DEBUG"):
        create_app(Settings(redis_url="redis://127.0.0.1:1/0"))


def test_what_the_docs_page_sends_by_itself_is_taken(gateway: Stack) -> None:
    paths = gateway.api.get("/openapi.json").json()["paths"]
    posts = {path: found["post"] for path, found in paths.items() if path.endswith("/async")}

    for path, operation in posts.items():
        example = operation["requestBody"]["content"]["application/json"]["example"]
        job_id = gateway.api.submit(path.removesuffix("/async"), example)
        assert gateway.api.http.delete(f"/jobs/{job_id}").json()["status"] == "cancelled"
    assert len(posts) == 8
