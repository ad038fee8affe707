"""Where pictures say they come from: XMP, content credentials, the chain through derivatives."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.blobs.folder import FolderBlobs
from app.contracts.blobs import BlobRef
from app.contracts.errors import InvalidRequest, SigningFailed
from config.moderation import load_moderation
from config.settings import Settings
from scripts.make_certificate import make
from tests import pictures
from workers.cpu_processing.certificate import CertificateError, read_certificate
from workers.cpu_processing.credentials import LONGEST_STORE, Credentials
from workers.cpu_processing.decode import Limits, open_image
from workers.cpu_processing.manifests import recipe_hash
from workers.cpu_processing.metadata import inventory
from workers.cpu_processing.moderation import Moderator
from workers.cpu_processing.pipeline import Derived, derive
from workers.cpu_processing.seal import origin, recipe_of, sign_created
from workers.cpu_processing.steps.encode import encode
from workers.cpu_processing.tasks import run_finish
from workers.cpu_processing.verify import verify
from workers.cpu_processing.xmp import TRAINED, embedded_recipe, packet, source_type
from workers.work import Work

RECIPE = recipe_of({"prompt": 'a <torii> & "gate"', "entry": "starter", "revision": "r1"}, 7)
KEEP = {"sanitize": {"keep": ["provenance"]}}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make(tmp_path_factory.mktemp("c2pa"))


@pytest.fixture(scope="module")
def signing(files: dict[str, Path]) -> Credentials:
    return Credentials.from_files(*files.values())


def generated(credentials: Credentials, form: str = "png", embed: bool = False) -> bytes:
    picture = pictures.photo(160, 120)
    kept = origin(RECIPE if embed else None)
    file = encode(picture, form, kept=kept)
    return sign_created(file, picture.size, RECIPE, kept, credentials).data


def derived(
    data: bytes, credentials: Credentials, *variants: dict[str, Any], **more: Any
) -> Derived:
    specs = [{"name": str(number), **variant} for number, variant in enumerate(variants)]
    payload = {"variants": specs, **more}
    return derive(data, payload, Limits(), lambda *_: None, lambda _: b"", credentials)


def verified(data: bytes, credentials: Credentials) -> dict[str, Any]:
    return verify(data, None, Limits(), lambda *_: None, credentials)


@pytest.mark.parametrize("form", ["png", "webp"])
def test_without_a_certificate_a_generated_picture_says_its_origin_in_xmp(form: str) -> None:
    data = generated(Credentials(), form)

    assert inventory(open_image(data, Limits())) == ["xmp"]
    answer = verified(data, Credentials())
    assert answer["digitalSourceType"] == TRAINED
    assert answer["credentials"] is None and answer["recipe"] is None
    assert b"torii" not in data


@pytest.mark.parametrize("form", ["png", "webp"])
def test_a_recipe_is_embedded_only_when_asked(form: str) -> None:
    answer = verified(generated(Credentials(), form, embed=True), Credentials())

    assert answer["recipe"] == RECIPE
    assert answer["digitalSourceType"] == TRAINED


@pytest.mark.parametrize("form", ["png", "webp", "jpeg", "avif"])
def test_a_signed_picture_reads_back_as_trusted(signing: Credentials, form: str) -> None:
    data = generated(signing, form)

    found = verified(data, signing)["credentials"]
    assert found["state"] == "trusted" and found["problems"] == []
    assert found["signer"]["issuer"] == "Imajin"
    assert found["claimGenerator"].startswith("Imajin")
    (made,) = found["actions"]
    assert (made["action"], made["digitalSourceType"]) == ("c2pa.created", TRAINED)
    assert made["softwareAgent"] == "starter r1" and made["when"].endswith("Z")
    assert found["recipe"]["sha256"] == recipe_hash(RECIPE)
    assert b"torii" not in data


def test_a_generation_is_signed_picture_by_picture(signing: Credentials, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, ttl_seconds=60)
    raw = [blobs.put(pictures.ppm(pictures.photo(64, 64, seed)), "x/x") for seed in (1, 2)]
    job = {"prompt": "a torii", "entry": "starter", "revision": "r1", "seed": 4, "num_images": 2}
    payload = {
        "images": [{"blob": ref.as_json(), "seed": 4 + n} for n, ref in enumerate(raw)],
        **{"recipe": job, "options": {"format": "webp"}, "adjustments": [], "timings": {}},
    }
    moderator = Moderator(load_moderation(Settings()))

    work = Work("j", payload, blobs, lambda *_: None)
    result = run_finish(work, Limits(), moderator, signing).result or {}

    files = [blobs.get(BlobRef.from_json(one["blob"])) for one in result["images"]]
    hashes = []
    for data in files:
        found = verified(data, signing)["credentials"]
        assert found["state"] == "trusted"
        hashes.append(found["recipe"]["sha256"])
    assert hashes == [recipe_hash(recipe_of(job, seed)) for seed in (4, 5)]
    assert all(b"torii" not in data for data in files)


def test_a_reader_without_our_root_finds_it_valid_and_no_more(signing: Credentials) -> None:
    found = verified(generated(signing), Credentials())["credentials"]

    assert found["state"] == "valid"
    assert [one["code"] for one in found["problems"]] == ["signingCredential.untrusted"]


def test_one_changed_pixel_makes_the_credentials_invalid(signing: Credentials) -> None:
    data = bytearray(generated(signing, "webp"))
    data[data.index(b"VP8 ") + 400] ^= 1

    found = verified(bytes(data), signing)["credentials"]

    assert found["state"] == "invalid"
    assert "assertion.dataHash.mismatch" in [one["code"] for one in found["problems"]]


def test_derivatives_keep_the_chain_with_their_parent(signing: Credentials) -> None:
    made = derived(
        generated(signing), signing, {"width": 64, "format": "webp"}, {"format": "png"}, **KEEP
    )

    assert made.removed == []
    found = verified(made.variants[0].file.data, signing)
    assert found["digitalSourceType"] == TRAINED
    assert found["credentials"]["state"] == "trusted"
    words = [one["action"] for one in found["credentials"]["actions"]]
    assert words == ["c2pa.opened", "c2pa.resized", "c2pa.converted"]
    (parent,) = found["credentials"]["ingredients"]
    assert (parent["relationship"], parent["state"]) == ("parentOf", "valid")
    assert parent["actions"][0]["digitalSourceType"] == TRAINED
    words = verified(made.variants[1].file.data, signing)["credentials"]["actions"]
    assert [one["action"] for one in words] == ["c2pa.opened", "c2pa.transcoded"]


def test_a_derivative_of_a_derivative_still_stands_on_its_parent(signing: Credentials) -> None:
    data = generated(signing)
    for width in (100, 80, 60):
        data = derived(data, signing, {"width": width}, **KEEP).variants[0].file.data

    found = verified(data, signing)["credentials"]
    assert found["state"] == "trusted"
    assert found["ingredients"][0]["state"] == "valid"


def test_a_tampered_parent_stays_visible_as_an_invalid_ingredient(signing: Credentials) -> None:
    data = bytearray(generated(signing, "webp"))
    data[data.index(b"VP8 ") + 400] ^= 1

    made = derived(bytes(data), signing, {"width": 64}, **KEEP).variants[0].file.data

    found = verified(made, signing)["credentials"]
    assert found["ingredients"][0]["state"] == "invalid"


def test_credentials_go_where_provenance_is_not_kept(signing: Credentials) -> None:
    made = derived(generated(signing), signing, {"width": 64})

    assert {"xmp", "c2pa"} <= set(made.removed)
    found = verified(made.variants[0].file.data, signing)
    assert found["credentials"] is None and found["digitalSourceType"] is None


def test_without_a_certificate_the_chain_ends_and_the_origin_stays(signing: Credentials) -> None:
    made = derived(generated(signing), Credentials(), {"width": 64}, **KEEP)

    assert made.removed == ["c2pa"]
    found = verified(made.variants[0].file.data, signing)
    assert found["credentials"] is None and found["digitalSourceType"] == TRAINED


def test_a_file_of_at_most_so_many_bytes_counts_its_credentials(signing: Credentials) -> None:
    spec = {"format": "webp", "quality": {"max_bytes": 16_000}}

    made = derived(generated(signing), signing, spec, **KEEP).variants[0]

    assert 4_000 < len(made.file.data) <= 16_000
    with pytest.raises(InvalidRequest, match="credentials alone"):
        spec = {"format": "webp", "quality": {"max_bytes": 2_000}}
        derived(generated(signing), signing, spec, **KEEP)


def test_a_store_beyond_reading_is_a_problem_and_not_an_error(signing: Credentials) -> None:
    plain = pictures.file(pictures.photo(32, 32))

    for payload in (b"", b"\0", b"no jumbf at all", b"\0\0\0\x10jumb" + b"\xff" * 600):
        data = plain[:33] + pictures.chunk(b"caBX", payload) + plain[33:]
        found = verified(data, signing)["credentials"]
        assert found is None if not payload else found["state"] == "invalid"

    with pytest.raises(InvalidRequest, match="Leave provenance out"):
        derived(data, signing, {"width": 16}, **KEEP)


def test_a_store_of_many_megabytes_is_not_read(signing: Credentials) -> None:
    plain = pictures.file(pictures.photo(32, 32))
    data = plain[:33] + pictures.chunk(b"caBX", b"\0" * (LONGEST_STORE + 1)) + plain[33:]

    found = verified(data, signing)["credentials"]

    assert [one["code"] for one in found["problems"]] == ["store.tooLarge"]
    with pytest.raises(InvalidRequest, match="too long"):
        derived(data, signing, {"width": 16}, **KEEP)


def test_a_certificate_that_is_no_good_is_refused_at_the_start(
    files: dict[str, Path], tmp_path: Path
) -> None:
    cert, key, trust = files.values()
    other = make(tmp_path / "other")["c2pa_key"]
    late = make(tmp_path / "late", valid_for=timedelta(minutes=-1))
    self_signed = trust
    refused: list[tuple[Path, Path, Path | None, str, str]] = [
        (cert, other, None, "key", "not the key"),
        (cert, tmp_path / "none.pem", None, "key", "cannot be read"),
        (tmp_path / "none.pem", key, None, "cert", "cannot be read"),
        (key, key, None, "cert", "no certificate"),
        (cert, cert, None, "key", "no private key"),
        (late["c2pa_cert"], late["c2pa_key"], None, "cert", "in force from"),
        (cert, key, key, "trust", "no certificate"),
        (self_signed, key, None, "key", "not the key"),
    ]

    for chain, private, anchors, file, words in refused:
        with pytest.raises(CertificateError, match=words) as caught:
            Credentials.from_files(chain, private, anchors)
        assert caught.value.file == file


def test_a_picture_that_cannot_be_signed_is_no_picture(tmp_path: Path) -> None:
    made = make(tmp_path)
    short = read_certificate(made["c2pa_cert"], made["c2pa_key"])
    root_alone = make(tmp_path / "other")["c2pa_trust"].read_bytes()
    wrong = Credentials(type(short)(root_alone, short.key, short.algorithm))

    with pytest.raises(SigningFailed) as caught:
        generated(wrong)
    assert caught.value.details["reason"]


def test_the_origin_is_read_as_other_programs_write_it() -> None:
    element = f"<Iptc4xmpExt:DigitalSourceType>{TRAINED}</Iptc4xmpExt:DigitalSourceType>"

    assert source_type(element.encode()) == TRAINED
    assert source_type(packet(TRAINED)) == TRAINED
    assert source_type(b"<x/>") is None


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 15_000, '"a"', "", "{" * 30_000])
def test_a_recipe_that_is_none_is_none(text: str) -> None:
    assert embedded_recipe(f"imajin:Recipe='{text}'".encode()) is None


def test_many_variants_side_by_side_are_all_signed(signing: Credentials) -> None:
    specs = [{"width": 20 + 10 * number, "format": "webp"} for number in range(8)]

    made = derived(generated(signing), signing, *specs, **KEEP)

    states = [verified(one.file.data, signing)["credentials"]["state"] for one in made.variants]
    assert states == ["trusted"] * 8
