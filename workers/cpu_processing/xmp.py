"""XMP as Imajin writes and reads it: where a picture comes from, and its recipe if asked for."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from xml.sax.saxutils import quoteattr

from PIL import Image

# IPTC's word for a picture made by a trained model alone.
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
RECIPE_NAMESPACE = "urn:imajin:recipe:1"
LONGEST_RECIPE = 20_000  # characters of a recipe that is read back
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_SOURCE_TYPE = re.compile(rb"""DigitalSourceType\s*(?:=\s*["']|>\s*)(https?://[\w./-]{1,200})""")
_RECIPE = re.compile(r"""imajin:Recipe\s*(?:=\s*(["'])|>)""")


def packet(source_type: str, recipe: dict[str, Any] | None = None) -> bytes:
    """An XMP packet with the IPTC digital source type and, where it is given, the recipe.

    The recipe stands whole as JSON, its prompt and model also as IPTC's properties of AI pictures.
    """
    fields = {"Iptc4xmpExt:DigitalSourceType": source_type}
    if recipe is not None:
        fields |= {
            "Iptc4xmpExt:AIPromptInformation": str(recipe.get("prompt", "")),
            "Iptc4xmpExt:AISystemUsed": str(recipe.get("entry", "")),
            "Iptc4xmpExt:AISystemVersionUsed": str(recipe.get("revision") or ""),
            "imajin:Recipe": json.dumps(recipe),
        }
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in fields.items() if value)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:Iptc4xmpExt="{_IPTC}" xmlns:imajin="{RECIPE_NAMESPACE}" {attributes}/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def packet_of(image: Image.Image) -> bytes:
    """A picture's XMP as it stands in its file, empty where it has none."""
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return found.encode() if isinstance(found, str) else bytes(found)


def source_type(xmp: bytes) -> str | None:
    """The IPTC digital source type in an XMP packet, however it is written down."""
    found = _SOURCE_TYPE.search(xmp)
    return found.group(1).decode() if found else None


def embedded_recipe(xmp: bytes) -> dict[str, Any] | None:
    """The recipe that `packet` wrote, None where there is none or none that can be read."""
    whole = xmp.decode("utf-8", "replace")
    found = _RECIPE.search(whole)
    # One look for the end of the first one: a pattern for both would try a hostile packet's every
    # beginning anew.
    end = whole.find(found[1] or "</imajin:Recipe", found.end()) if found else -1
    if found is None or end < 0:
        return None
    text = unescape(whole[found.end() : end])
    try:
        recipe = json.loads(text) if len(text) <= LONGEST_RECIPE else None
    except (ValueError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) else None
