"""What is found in a file, what stays, and the proof that nothing else does."""

from __future__ import annotations

import pytest
from PIL import ExifTags, Image

from app.contracts.errors import InternalError
from tests import pictures
from workers.cpu_processing.decode import Limits, open_image
from workers.cpu_processing.metadata import inventory, read_exif
from workers.cpu_processing.pipeline import sanitised
from workers.cpu_processing.steps.encode import encode
from workers.cpu_processing.steps.sanitize import Kept, choose_kept, prove_clean, removed

EVERYTHING = ["copyright", "provenance", "icc"]


def let_in(data):
    return open_image(data, Limits())


def test_each_field_of_a_telling_jpeg_is_named():
    names = inventory(let_in(pictures.telling_jpeg(pictures.swapped_profile())))

    assert set(names) >= {
        "exif",
        "exif.Make",
        "exif.Artist",
        "exif.Copyright",
        "exif.BodySerialNumber",
        "exif.GPSInfo",
        "xmp",
        "iptc",
        "icc",
        "comment",
        "jpeg.APP10",
        "trailing",
    }
    assert len(names) == len(set(names))


def test_each_field_of_a_telling_png_is_named():
    names = inventory(let_in(pictures.telling_png()))

    wanted = {"png.tEXt:Software", "png.zTXt:Comment", "png.iTXt:Title", "png.tIME"}
    assert wanted | {"exif", "exif.GPSInfo"} <= set(names)


@pytest.mark.parametrize("form", ["WEBP", "AVIF"])
def test_exif_xmp_and_icc_are_found_in_other_containers(form):
    profile = pictures.swapped_profile()
    data = pictures.file(
        pictures.photo(), form, exif=pictures.telling_exif(), xmp=pictures.XMP, icc_profile=profile
    )

    assert {"exif", "exif.GPSInfo", "xmp", "icc"} <= set(inventory(let_in(data)))


def test_a_gif_comment_is_found():
    data = pictures.file(pictures.corners().quantize(8), "GIF", comment=b"hello")

    assert inventory(let_in(data)) == ["comment"]


def test_an_exif_thumbnail_is_named():
    data = pictures.file(pictures.photo(), "JPEG", exif=pictures.exif_with_thumbnail())

    assert inventory(let_in(data)) == ["exif", "exif.Orientation", "thumbnail"]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_foreign_bytes_behind_a_picture_are_found(form):
    whole = pictures.file(pictures.corners(), form)

    assert inventory(let_in(whole)) == []
    assert inventory(let_in(whole + b"PK\x03\x04 a zip begins here")) == ["trailing"]


def test_broken_exif_does_not_stop_the_picture():
    data = pictures.with_segment(
        pictures.file(pictures.corners(), "JPEG"), 0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff garbage"
    )
    file = let_in(data)

    assert dict(read_exif(file.image)) == {}
    assert inventory(file) == ["exif"]


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "avif"])
@pytest.mark.parametrize(
    "source", [pictures.telling_jpeg(pictures.swapped_profile()), pictures.telling_png()]
)
def test_nothing_is_left_after_encoding(form, source):
    master = sanitised(let_in(source), [])

    done = encode(master.image, form, kept=master.kept)

    assert inventory(let_in(done.data)) == []
    for secret in (
        b"Camera Works",
        b"Painter",
        b"taken at home",
        b"Secret",
        b"PK\x03\x04",
        b"0815",
    ):
        assert secret in source or secret not in done.data
        assert secret not in done.data


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "avif"])
def test_what_is_asked_for_stays_and_nothing_beside_it(form):
    file = let_in(pictures.telling_jpeg(pictures.swapped_profile()))
    master = sanitised(file, EVERYTHING)

    again = let_in(encode(master.image, form, kept=master.kept).data)

    exif = read_exif(again.image)
    assert dict(exif) == {
        ExifTags.Base.Artist: "A. Painter",
        ExifTags.Base.Copyright: "(c) A. Painter",
    }
    assert set(inventory(again)) == {"exif", "exif.Artist", "exif.Copyright", "xmp", "icc"}
    assert again.image.info["icc_profile"] == pictures.swapped_profile()
    assert b"trainedAlgorithmicMedia" in again.data
    assert b"Secret" not in again.data
    assert b"Camera Works" not in again.data


def test_removed_names_what_went_and_not_what_stayed():
    file = let_in(pictures.telling_jpeg(pictures.swapped_profile()))

    all_gone = removed(file, Kept())
    some_gone = removed(file, choose_kept(file, EVERYTHING))

    assert set(all_gone) - set(some_gone) == {"exif", "exif.Artist", "exif.Copyright", "xmp", "icc"}
    assert "exif.GPSInfo" in some_gone


def test_copyright_is_taken_from_iptc_where_exif_has_none():
    jpeg = pictures.telling_jpeg()
    plain = pictures.file(pictures.photo(), "JPEG")
    at = jpeg.index(b"\xff\xed")
    length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
    file = let_in(pictures.with_segment(plain, 0xED, jpeg[at + 4 : at + 2 + length]))

    kept = choose_kept(file, ["copyright"])

    exif = Image.Exif()
    exif.load(kept.exif)
    assert exif[ExifTags.Base.Artist] == "B. Liner"
    assert exif[ExifTags.Base.Copyright] == "(c) B. Liner"


def test_an_xmp_without_a_source_type_is_not_kept():
    file = let_in(pictures.file(pictures.photo(), "JPEG", xmp=b"<x:xmpmeta>Secret</x:xmpmeta>"))

    assert choose_kept(file, ["provenance"]).xmp == b""
    assert removed(file, choose_kept(file, ["provenance"])) == ["xmp"]


def test_a_file_that_is_not_clean_never_leaves():
    with pytest.raises(InternalError) as caught:
        prove_clean(pictures.telling_png(), "png", (64, 48), Kept())

    assert "exif.GPSInfo" in caught.value.details["left"]


def test_a_file_of_another_size_never_leaves():
    with pytest.raises(InternalError):
        prove_clean(pictures.file(pictures.corners()), "png", (61, 40), Kept())
