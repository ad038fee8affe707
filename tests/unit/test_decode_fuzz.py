"""Mutated pictures at the one door: whatever comes, it is a picture or one of two errors, soon."""

from __future__ import annotations

import base64
import os
import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.base64_images import decode
from app.contracts.errors import ImageTooLarge, InvalidImage
from tests.bombs import many_scans
from tests.pictures import animated, chunk, file, photo, telling_jpeg, telling_png
from tests.telling import TELLING
from workers.cpu_processing.containers import png_parts
from workers.cpu_processing.decode import Decoded, Limits, open_image
from workers.cpu_processing.pipeline import sanitised
from workers.cpu_processing.steps.sanitize import removed

LIMITS = Limits(max_pixels=1_000_000, max_frames=10)
FORMS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
WHOLE = {form: file(photo(48, 32), form) for form in FORMS}
WHOLE |= {"telling PNG": telling_png(), "telling JPEG": telling_jpeg(), "APNG": animated("PNG")}
WHOLE |= {f"all of {form}": make() for form, (make, _, _) in TELLING.items()}
WHOLE |= {"progressive JPEG": many_scans(48, 32, 20), "animated WebP": animated("WEBP")}
KINDS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"eXIf",
         b"acTL", b"fcTL", b"fdAT", b"gAMA", b"pHYs", b"caBX", b"xxxx")  # fmt: skip
QUICK = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "150")),
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def enter(data: bytes) -> Decoded | None:
    """Through the door within two seconds, or one of the declared errors."""
    began = time.process_time()
    try:
        found = open_image(data, LIMITS)
        master = sanitised(found, ["copyright", "provenance", "icc"])
        removed(found, master.kept)
    except (InvalidImage, ImageTooLarge) as error:
        assert error.message and error.details
        found = None
    assert time.process_time() - began < 2
    return found


def parts_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """A PNG's chunks."""
    return [(part.kind.encode(), data[part.start : part.end]) for part in png_parts(data)]


mutations: st.SearchStrategy[Callable[[list[tuple[bytes, bytes]]], None]] = st.one_of(
    st.builds(
        lambda at, new: lambda parts: parts.insert(at % (len(parts) + 1), new),
        st.integers(0, 50),
        st.tuples(st.sampled_from(KINDS), st.binary(max_size=80)),
    ),
    st.builds(
        lambda at: lambda parts: parts.pop(at % len(parts)) if parts else None, st.integers(0, 50)
    ),
    st.builds(
        lambda one, other: lambda parts: parts.insert(
            one % (len(parts) + 1), parts[other % len(parts)]
        ) if parts else None,
        st.integers(0, 50),
        st.integers(0, 50),
    ),
    st.builds(
        lambda head: lambda parts: parts.__setitem__(slice(0, 1), [(b"IHDR", head)]),
        st.builds(
            lambda size, rest: struct.pack(">II", *size) + bytes(rest),
            st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
            st.lists(st.integers(0, 255), min_size=5, max_size=5),
        ),
    ),
)  # fmt: skip


@QUICK
@given(st.sampled_from(["PNG", "telling PNG", "APNG"]), st.lists(mutations, min_size=1, max_size=4))
def test_a_png_with_chunks_added_lost_and_swapped(
    form: str, changes: list[Callable[[list[tuple[bytes, bytes]]], None]]
) -> None:
    parts = parts_of(WHOLE[form])
    for change in changes:
        change(parts)

    enter(WHOLE[form][:8] + b"".join(chunk(kind, payload) for kind, payload in parts))


@QUICK
@given(st.sampled_from(sorted(WHOLE)), st.floats(0, 1), st.binary(max_size=40))
def test_a_file_that_is_cut_and_goes_on_with_something_else(
    form: str, share: float, more: bytes
) -> None:
    data = WHOLE[form]

    enter(data[: int(len(data) * share)] + more)


@QUICK
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_file_with_bytes_exchanged(form: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(WHOLE[form])
    for share, value in changes:
        data[int(len(data) * share)] = value

    enter(bytes(data))


@QUICK
@given(st.sampled_from([WHOLE[form][:12] for form in FORMS]), st.binary(max_size=400))
def test_any_bytes_behind_a_good_beginning(magic: bytes, rest: bytes) -> None:
    enter(magic + rest)


@QUICK
@given(
    st.sampled_from(sorted(WHOLE)), st.sampled_from(sorted(WHOLE)), st.floats(0, 1), st.floats(0, 1)
)
def test_a_file_with_a_piece_of_another_within(
    form: str, other: str, share: float, piece: float
) -> None:
    data, more = WHOLE[form], WHOLE[other]
    at, begin = int(len(data) * share), int(len(more) * piece)

    enter(data[:at] + more[begin : begin + 200] + data[at:])


@QUICK
@given(
    st.sampled_from(["all of AVIF", "AVIF", "WEBP", "animated WebP", "GIF", "all of JPEG"]),
    st.floats(0, 0.5),
    st.sampled_from([0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]),
)
def test_a_length_that_lies(form: str, share: float, number: int) -> None:
    data = bytearray(WHOLE[form])
    at = int((len(data) - 4) * share)
    data[at : at + 4] = number.to_bytes(4, "big" if "W" not in form else "little")

    enter(bytes(data))


@QUICK
@given(st.text(alphabet="AZaz09+/=_- \n%;,:data", max_size=60), st.sampled_from(sorted(WHOLE)))
def test_text_that_is_almost_base64(text: str, form: str) -> None:
    """Whatever the gateway makes of a text, it says INVALID_IMAGE or hands on exact bytes."""
    whole = base64.b64encode(WHOLE[form]).decode()
    at = len(text) * 7 % len(whole)
    for sent in (text, whole[:at] + text + whole[at:], "data:image/png;base64," + text):
        try:
            found = decode(sent)
        except InvalidImage as error:
            assert error.details["reason"]
        else:
            assert found.data == base64.b64decode(sent.rpartition(",")[2])


@pytest.mark.parametrize("form", sorted(WHOLE))
def test_what_is_mutated_was_good_before(form: str) -> None:
    assert enter(WHOLE[form])
