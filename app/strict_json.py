"""JSON as RFC 8259 has it: UTF-8, finite numbers, each key once, and not too deep."""

from __future__ import annotations

import json
import math
from typing import Any

from app.contracts.errors import MalformedJson


def loads(body: bytes, max_depth: int) -> Any:
    """Parse a request body; MalformedJson says in words what is wrong with it."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_constant=_no_constant,
            parse_float=_finite,
            object_pairs_hook=_each_key_once,
        )
    except UnicodeDecodeError as error:
        raise MalformedJson("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedJson("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise MalformedJson(f"The body is not JSON: {_short(error)}.") from error
    if _deeper_than(value, max_depth):
        raise MalformedJson(f"The JSON is nested more than {max_depth} deep.")
    return value


def _short(error: ValueError) -> str:
    return str(error).rstrip(".")[:120]


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object names a key twice")
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
