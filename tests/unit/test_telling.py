"""Files that tell everything: no word of theirs leaves, and each field that went is named."""

from __future__ import annotations

import pytest

from tests.pictures import file, photo, swapped_profile
from tests.telling import TELLING, WORD, avif, exif, gif, jpeg, png, webp
from workers.cpu_processing.decode import Limits, open_image
from workers.cpu_processing.metadata import inventory
from workers.cpu_processing.pipeline import derive
from workers.cpu_processing.steps.sanitize import choose_kept

FORMATS = ("png", "jpeg", "webp", "avif")


def made(data: bytes, keep: list[str], *formats: str):
    """What a request for these formats answers."""
    variants = [{"name": form, "format": form} for form in formats]
    payload = {"sanitize": {"keep": keep}, "variants": variants}
    return derive(data, payload, Limits(), lambda *_: None, lambda ref: b"")


@pytest.mark.parametrize(("make", "form", "fields"), TELLING.values(), ids=TELLING.keys())
def test_every_field_is_named_and_none_leaves(make, form, fields):
    data = make()
    assert WORD[:5] in data

    done = made(data, [], *FORMATS)

    assert fields <= set(done.removed), fields - set(done.removed)
    assert len(done.removed) == len(set(done.removed))
    for variant in done.variants:
        assert WORD not in variant.file.data
        assert inventory(open_image(variant.file.data, Limits())) == []


@pytest.mark.parametrize("make", [jpeg, png, webp, avif])
def test_what_is_kept_is_written_anew_and_the_rest_is_still_named(make):
    done = made(make(), ["copyright", "provenance", "icc"], *FORMATS)

    assert {"exif.Make", "exif.GPSInfo", "exif.MakerNote", "exif.XPComment"} <= set(done.removed)
    assert not {"exif.Artist", "exif.Copyright", "xmp", "icc"} & set(done.removed)
    for variant in done.variants:
        left = set(inventory(open_image(variant.file.data, Limits())))
        assert left == {"exif", "exif.Artist", "exif.Copyright", "xmp", "icc"}
        assert variant.file.data.count(WORD) == 2  # the artist and the rights


def test_bytes_behind_the_end_of_a_kept_profile_do_not_leave():
    profile = swapped_profile()
    source = open_image(file(photo(), "JPEG", icc_profile=profile + WORD), Limits())

    assert choose_kept(source, ["icc"]).icc == profile


def test_a_profile_that_cannot_be_read_is_not_kept():
    source = open_image(file(photo(), "JPEG", icc_profile=WORD * 40), Limits())

    assert choose_kept(source, ["icc"]).icc == b""


def test_two_extra_pictures_are_bytes_behind_the_first():
    data = jpeg() + png() + gif()

    assert "trailing" in inventory(open_image(data, Limits()))
    assert WORD not in made(data, [], "png").variants[0].file.data


def test_a_thumbnail_goes_with_what_it_tells_itself():
    data = file(photo(), "JPEG", exif=exif())
    assert b"CANARY small" in data

    done = made(data, ["copyright"], "jpeg")

    assert "thumbnail" in done.removed
    assert b"CANARY small" not in done.variants[0].file.data
