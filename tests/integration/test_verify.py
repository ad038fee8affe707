"""POST /verify, and pictures signed with a certificate, through the service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.make_certificate import make
from tests import hostile
from tests.harness.client import Api, assert_error
from tests.harness.images import as_bytes, as_text
from tests.harness.programs import ROOT, environment
from tests.harness.stack import Stack
from tests.pictures import bomb_png, claiming_png, corners, file, photo
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.seal import origin, recipe_of, sign_created
from workers.cpu_processing.steps.encode import encode
from workers.cpu_processing.xmp import TRAINED

QUICK = {"prompt": "a red torii gate by a lake", "steps": 2, "seed": 3}
PNG = file(corners())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make(tmp_path_factory.mktemp("c2pa"))


@pytest.fixture(scope="module")
def signing(
    tmp_path_factory: pytest.TempPathFactory, certificate: dict[str, Path]
) -> Iterator[Stack]:
    """A gateway and a worker for pictures that signs them and hides marks in them."""
    folder = tmp_path_factory.mktemp("signing")
    with Stack(folder, mark_key="a secret of this test", **certificate) as stack:
        stack.start("redis", "web", "cpu_processing").wait_for_web()
        yield stack.wait_for_workers("cpu_processing")


@pytest.fixture(scope="module")
def signed(certificate: dict[str, Path]) -> bytes:
    """A generated picture, signed as the worker signs it."""
    picture, recipe = photo(128, 96), recipe_of({"prompt": "a torii", "entry": "starter"}, 1)
    kept = origin()
    credentials = Credentials.from_files(*certificate.values())
    return sign_created(
        encode(picture, "png", kept=kept), picture.size, recipe, kept, credentials
    ).data


def test_a_generated_picture_says_its_origin_and_no_more(api: Api) -> None:
    picture = api.run("/generate", QUICK)["imageData"]

    answer = api.run("/verify", {"imageData": picture})

    assert answer["digitalSourceType"] == TRAINED
    assert answer["credentials"] is None and answer["recipe"] is None
    assert answer["source"]["bytes"] == len(as_bytes(picture))
    assert b"torii" not in as_bytes(picture)


@pytest.mark.parametrize("form", ["png", "webp"])
def test_the_recipe_comes_back_where_it_was_embedded(api: Api, form: str) -> None:
    job_id = api.submit("/generate", QUICK | {"embedRecipe": True, "format": form})
    made = api.result(job_id)

    answer = api.post("/verify", {"sourceJob": {"jobId": job_id}})

    assert answer.status_code == 200, answer.text
    recipe = answer.json()["recipe"]
    assert recipe == made["recipe"] | {"numImages": 1}
    assert (recipe["prompt"], recipe["seed"]) == (QUICK["prompt"], QUICK["seed"])


def test_the_chain_through_a_derivative_is_verified(signing: Stack, signed: bytes) -> None:
    body = {
        "imageData": as_text(signed),
        "sanitize": {"keep": ["provenance"]},
        "variants": [{"name": "small", "width": 64, "format": "webp"}],
    }
    made = signing.api.run("/derivatives", body)

    answer = signing.api.run("/verify", {"imageData": made["variants"][0]["imageData"]})

    assert made["removed"] == []
    found = answer["credentials"]
    assert (found["state"], found["problems"]) == ("trusted", [])
    assert [one["action"] for one in found["actions"]] == [
        "c2pa.opened", "c2pa.resized", "c2pa.converted",
    ]  # fmt: skip
    (parent,) = found["ingredients"]
    assert (parent["state"], parent["relationship"]) == ("valid", "parentOf")
    assert parent["actions"][0]["digitalSourceType"] == TRAINED
    assert answer["digitalSourceType"] == TRAINED


def test_a_tampered_picture_is_found_out(signing: Stack, signed: bytes) -> None:
    pixels = file(photo(128, 96, seed=2))
    begin = signed.index(b"IDAT") - 4
    forged = signed[:begin] + pixels[pixels.index(b"IDAT") - 4 :]

    found = signing.api.run("/verify", {"imageData": as_text(forged)})["credentials"]

    assert found["state"] == "invalid"
    assert "assertion.dataHash.mismatch" in [one["code"] for one in found["problems"]]


def test_an_invisible_mark_is_found_in_a_smaller_derivative(signing: Stack) -> None:
    plain, mark = as_text(file(photo(640, 480))), {"invisible": True}
    body = {"imageData": plain, "variants": [{"name": "marked", "watermark": mark}]}
    marked = signing.api.run("/derivatives", body)["variants"][0]["imageData"]
    half = {"name": "half", "width": 320, "format": "webp", "quality": 80}
    small = signing.api.run("/derivatives", {"imageData": marked, "variants": [half]})

    found = signing.api.run("/verify", {"imageData": small["variants"][0]["imageData"]})
    none = signing.api.run("/verify", {"imageData": plain})

    assert found["invisibleMark"]["found"] and found["invisibleMark"]["score"] >= 5
    assert not none["invisibleMark"]["found"]


def test_an_invisible_mark_without_a_key_is_refused_at_once(api: Api) -> None:
    answer = api.post("/generate/async", QUICK | {"watermark": {"invisible": True}})

    assert "watermark.invisible" in assert_error(answer, 422, "INVALID_REQUEST")
    assert api.run("/verify", {"imageData": as_text(PNG)})["invisibleMark"] is None


HOSTILE: dict[str, tuple[Any, str]] = {
    "random bytes": (lambda: as_text(bytes(range(256))), "INVALID_IMAGE"),
    "no base64": (lambda: "%%%", "INVALID_IMAGE"),
    "cut off": (lambda: as_text(PNG[:-30]), "INVALID_IMAGE"),
    "mislabelled": (lambda: "data:image/jpeg;base64," + as_text(PNG), "INVALID_IMAGE"),
    "text bomb": (lambda: as_text(bomb_png(b"zTXt")), "INVALID_IMAGE"),
    "too many pixels": (lambda: as_text(claiming_png(12_000, 12_000)), "IMAGE_TOO_LARGE"),
    "endless animation": (lambda: as_text(hostile.endless_gif()), "IMAGE_TOO_LARGE"),
}


@pytest.mark.parametrize(("make_it", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_refused_as_by_the_other_routes(
    signing: Stack, make_it: Any, code: str
) -> None:
    assert_error(signing.api.post("/verify", {"imageData": make_it()}), 422, code)


def test_what_is_asked_badly_is_refused(signing: Stack) -> None:
    for body in ({}, {"imageData": as_text(PNG), "variants": []}, {"imageData": ""}):
        assert_error(signing.api.post("/verify", body), 422, "INVALID_REQUEST")
    missing = {"sourceJob": {"jobId": "0" * 32}}
    assert_error(signing.api.post("/verify/async", missing), 404, "JOB_NOT_FOUND")


def test_a_worker_with_the_wrong_key_says_so_and_does_not_start(
    certificate: dict[str, Path], tmp_path: Path
) -> None:
    other = make(tmp_path)["c2pa_key"]
    settings = {
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "IMAJIN_C2PA_CERT": certificate["c2pa_cert"],
        "IMAJIN_C2PA_KEY": other,
    }

    done = subprocess.run(
        [sys.executable, "-m", "celery", "--app", "workers.cpu_processing.main", "worker"],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode != 0
    sentence = "cannot be used: it is not the key of the first certificate."
    assert f"IMAJIN_C2PA_KEY='{other}' {sentence}" in done.stderr
