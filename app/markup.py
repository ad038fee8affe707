"""What a page needs to show a picture's variants: a srcset for each type, and a <picture>."""

from __future__ import annotations

from html import escape
from typing import Any

# A browser takes the first type that it knows, so the smaller files come first.
_ORDER = ("avif", "webp", "jpeg", "png", "gif")
_SIZES = "100vw"  # the page's author knows better; without it browsers assume the same


def markup(variants: list[dict[str, Any]]) -> dict[str, Any]:
    """`srcset` and `picture` for variants that differ in width and format only; else nothing."""
    if len(variants) < 2 or not _of_one_shape(variants):
        return {}
    groups = [group for form in _ORDER if (group := _widths(variants, form))]
    sets = [_source_set(group) for group in groups]
    lines = [f"  <source {_attributes(one | {'sizes': _SIZES})}>" for one in sets[:-1]]
    lines = ["<picture>", *lines, _img(groups[-1]), "</picture>"]
    return {"srcset": sets, "picture": "\n".join(lines)}


def _of_one_shape(variants: list[dict[str, Any]]) -> bool:
    """Whether all have the ratio of the widest, but for rounding to whole pixels."""
    widest = max(variants, key=lambda one: int(one["width"]))
    ratio = widest["height"] / widest["width"]
    return all(abs(one["height"] - ratio * one["width"]) <= 1 for one in variants)


def _widths(variants: list[dict[str, Any]], form: str) -> list[dict[str, Any]]:
    """The variants of a format, widest first, each width once: small sources are not enlarged."""
    by_width = {one["width"]: one for one in reversed(variants) if one["format"] == form}
    return [by_width[width] for width in sorted(by_width, reverse=True)]


def _source_set(group: list[dict[str, Any]]) -> dict[str, str]:
    listed = ", ".join(f"{one['url']} {one['width']}w" for one in group)
    return {"type": f"image/{group[0]['format']}", "srcset": listed}


def _img(group: list[dict[str, Any]]) -> str:
    widest, listed = group[0], _source_set(group)["srcset"]
    shown = {"src": widest["url"], "srcset": listed, "sizes": _SIZES}
    shown |= {"width": str(widest["width"]), "height": str(widest["height"])}
    shown |= {"alt": "", "loading": "lazy", "decoding": "async"}
    return f"  <img {_attributes(shown)}>"


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in values.items())
