import json

import pytest

from app.contracts.errors import MalformedJson
from app.strict_json import loads


@pytest.mark.parametrize(
    "value", [None, True, 0, -1.5, "ä \U0001f3ef", [], {}, {"a": [1, {"b": None}]}, [[[]]]]
)
def test_json_is_read_as_it_is(value: object) -> None:
    assert loads(json.dumps(value).encode(), 8) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode(), 8) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"[1e400]", "out of range"),
        (b'{"a": 1, "a": 1}', "a key twice"),
        (b'[{"b": {"a": 1, "a": 1}}]', "a key twice"),
        (b"[" + b"9" * 5000 + b"]", "4300"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "more than 8 deep"),
        (b"{} {}", "Extra data"),
    ],
)
def test_what_rfc_8259_has_not_is_malformed(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedJson, match=reason):
        loads(body, 8)


@pytest.mark.parametrize(("depth", "allowed"), [(7, True), (8, True), (9, False)])
def test_the_depth_is_counted_exactly(depth: int, allowed: bool) -> None:
    body = b"[" * depth + b"]" * depth
    if allowed:
        loads(body, 8)
    else:
        with pytest.raises(MalformedJson, match="more than 8 deep"):
            loads(body, 8)


def test_a_long_flat_list_is_not_deep() -> None:
    assert len(loads(b"[" + b"0," * 100_000 + b"0]", 4)) == 100_001
