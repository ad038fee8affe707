"""One engine a process: built in the child, kept warm, replaced when another model is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """An engine that can give its memory back."""

    def close(self) -> None:
        """Free what the engine holds; it is not used afterwards."""
        ...


E = TypeVar("E", bound=Closable)


class EngineSlot(Generic[E]):
    """Holds at most one engine, by the id of its catalogue entry."""

    def __init__(self, build: Callable[[str], E]) -> None:
        self._build = build
        self._held: tuple[str, E] | None = None

    def get(self, entry_id: str) -> E:
        """The engine of this entry, built now if another or none is held.

        Raises what `build` raises (ModelUnavailable, OutOfMemory); the next call tries again.
        """
        if self._held and self._held[0] == entry_id:
            return self._held[1]
        self.clear()
        engine = self._build(entry_id)
        self._held = (entry_id, engine)
        return engine

    def holds(self, entry_id: str) -> bool:
        """Whether `get` would return at once."""
        return self._held is not None and self._held[0] == entry_id

    def clear(self) -> None:
        """Close the held engine, if any."""
        if self._held:
            self._held[1].close()
            self._held = None
