"""The ledger's Lua scripts: each one atomic step, all on one common beginning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis.commands.core import Script

LUA = Path(__file__).parent / "lua"
SHARED = "shared"


class Scripts:
    """The scripts by name; they build their keys themselves, from the constants given here."""

    def __init__(self, redis: Any, constants: Mapping[str, str | int]) -> None:
        head = "".join(f"local {name} = {_lua(value)}\n" for name, value in constants.items())
        shared = (LUA / f"{SHARED}.lua").read_text(encoding="utf-8")
        self._scripts: dict[str, Script] = {
            path.stem: redis.register_script(head + shared + path.read_text(encoding="utf-8"))
            for path in LUA.glob("*.lua")
            if path.stem != SHARED
        }

    def __call__(self, name: str, *args: str | int | float) -> Any:
        """Run a script; redis.RedisError where Redis cannot be used."""
        return self._scripts[name](args=args)


def _lua(value: str | int) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
