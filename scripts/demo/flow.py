"""The seed's sequence for one wish: analyse, generate, poll, fetch, derive."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

OnProgress = Callable[[str, int], None]


class Refused(RuntimeError):
    """The service answered with an error."""


@dataclass(frozen=True)
class Stage:
    """One row of the closing table."""

    name: str
    seconds: float
    bytes: int
    note: str = ""


@dataclass
class Outcome:
    """What came out of one wish."""

    description: str
    culture: str = ""
    prompt: str = ""
    style: str = ""
    picture: Path = Path()
    variants: list[Path] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)


class Client:
    """The routes the demo needs."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=150)

    def job(self, route: str, body: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        """Post to an /async route, follow the job to its end, return its result."""
        accepted = _json(self._http.post(route, json=body))
        links = accepted["links"]
        while True:
            status = _json(self._http.get(links["self"]))
            progress = status.get("progress") or {"stage": status["status"], "percent": 0}
            on_progress(progress["stage"], progress["percent"])
            if status["status"] not in ("queued", "processing"):
                break
            time.sleep(0.15)
        return _json(self._http.get(links["result"]))

    def post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post to a plain route, which waits for the result."""
        return _json(self._http.post(route, json=body))


def _json(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    if response.status_code >= 400:
        raise Refused(f"{body['code']}: {body['error']} {body['details'] or ''}")
    return body


def walk(
    client: Client, description: str, filters: dict[str, str], out: Path, on_progress: OnProgress
) -> Outcome:
    """From a wish to files under `out`; Refused where the service answers with an error."""
    outcome = Outcome(description)
    analysis = _timed(
        outcome,
        "analyze",
        lambda: client.job(
            "/analyze-context/async",
            {"description": description, "filters": filters},
            on_progress,
        ),
    )
    outcome.culture = analysis["classification"]["culture"] or "none"
    chosen = analysis["prompts"][0]
    outcome.prompt, outcome.style = chosen["prompt"], analysis["config"]["model"]
    painted = _timed(
        outcome,
        "generate",
        lambda: client.job("/generate/async", {**chosen, **analysis["config"]}, on_progress),
    )
    outcome.picture = _save(out / f"picture.{painted['format']}", painted["imageData"])
    derived = _timed(
        outcome,
        "derive",
        lambda: client.post("/derivatives", {"imageData": painted["imageData"], "preset": "web"}),
    )
    on_progress("done", 100)
    outcome.variants = [
        _save(out / f"{variant['name']}.{variant['format']}", variant["imageData"])
        for variant in derived["variants"]
    ]
    return outcome


def _timed(outcome: Outcome, name: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    start = time.monotonic()
    result = call()
    pictures = result.get("images") or result.get("variants") or []
    size = sum(len(picture["imageData"]) * 3 // 4 for picture in pictures)
    outcome.stages.append(Stage(name, time.monotonic() - start, size, _note(result)))
    return result


def _note(result: dict[str, Any]) -> str:
    if "prompts" in result:
        return f"{len(result['prompts'])} prompts by {result['source']}"
    if "variants" in result:
        return ", ".join(
            f"{each['name']} {each['width']}x{each['height']} {each['format']}"
            for each in result["variants"]
        )
    return f"{result['width']}x{result['height']} {result['format']}, seed {result['seed']}"


def _save(path: Path, image_data: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(image_data))
    return path
