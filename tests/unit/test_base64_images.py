import base64

import pytest

from app.base64_images import decode, encode
from app.contracts.errors import InvalidImage

DATA = bytes(range(256))
TEXT = base64.b64encode(DATA).decode()


def test_base64_is_decoded_and_encoded_as_rfc_4648_has_it() -> None:
    assert decode(TEXT).data == DATA
    assert decode(TEXT).declared_type is None
    assert encode(DATA) == TEXT


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif", "gif", "PNG"])
def test_a_data_uri_tells_its_type(kind: str) -> None:
    sent = decode(f"data:image/{kind};base64,{TEXT}")

    assert sent.data == DATA
    assert sent.declared_type == f"image/{kind.lower()}"


def test_the_scheme_of_a_data_uri_is_read_in_any_case() -> None:
    assert decode(f"DATA:image/png;base64,{TEXT}").declared_type == "image/png"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not base64!", "not base64"),
        (TEXT.replace("+", "-").replace("/", "_"), "not base64"),
        (TEXT[:10] + "\n" + TEXT[10:], "not base64"),
        (TEXT + "\n", "not base64"),
        (TEXT.rstrip("="), "not base64"),
        (TEXT + "=", "not base64"),
        ("ä" * 8, "outside ASCII"),
        ("", "empty"),
        ("data:image/png;base64,", "empty"),
        (f"data:image/bmp;base64,{TEXT}", "must start with"),
        (f"data:text/html;base64,{TEXT}", "must start with"),
        (f"data:image/png,{TEXT}", "must start with"),
        (f"data:;base64,{TEXT}", "must start with"),
    ],
)
def test_the_reason_is_told(text: str, reason: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        decode(text)

    assert reason in caught.value.details["reason"]
    assert caught.value.details["reason"] in caught.value.message
