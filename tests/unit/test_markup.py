"""srcset and <picture> of a set of variants."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from app.markup import markup


class Elements(HTMLParser):
    """The elements of a snippet with their attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.found.append((tag, dict(attrs)))


def variant(form: str, width: int, height: int) -> dict[str, Any]:
    """A variant as the answer has it."""
    return {"format": form, "width": width, "height": height, "url": f"/v/{form}{width}"}


def test_widths_of_one_format_become_a_srcset():
    made = markup([variant("webp", 640, 480), variant("webp", 320, 240)])

    assert made["srcset"] == [{"type": "image/webp", "srcset": "/v/webp640 640w, /v/webp320 320w"}]
    (_, picture), (tag, image) = Elements(made["picture"]).found
    assert (picture, tag) == ({}, "img")
    assert image["src"] == "/v/webp640"
    assert image["srcset"] == made["srcset"][0]["srcset"]
    assert (image["width"], image["height"], image["alt"]) == ("640", "480", "")


def test_the_smaller_formats_come_first_and_what_all_browsers_read_last():
    made = markup([variant("jpeg", 9, 9), variant("avif", 9, 9), variant("webp", 9, 9)])

    assert [one["type"] for one in made["srcset"]] == ["image/avif", "image/webp", "image/jpeg"]
    tags = [(tag, attributes.get("type")) for tag, attributes in Elements(made["picture"]).found]
    assert tags == [
        ("picture", None), ("source", "image/avif"), ("source", "image/webp"), ("img", None),
    ]  # fmt: skip
    assert made["picture"].endswith("</picture>")


def test_a_width_stands_once():
    made = markup([variant("webp", 500, 300), variant("webp", 500, 300), variant("webp", 100, 60)])

    assert made["srcset"][0]["srcset"] == "/v/webp500 500w, /v/webp100 100w"


def test_rounding_to_pixels_is_no_other_shape():
    assert markup([variant("webp", 1600, 1067), variant("webp", 320, 213)])


def test_pictures_of_several_shapes_and_single_ones_have_none():
    assert markup([variant("jpeg", 1200, 630), variant("jpeg", 1080, 1080)]) == {}
    assert markup([variant("jpeg", 1200, 630)]) == {}
    assert markup([]) == {}
