"""What every error of Imajin is; `errors` has the tree of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self


class ImajinError(Exception):
    """An error with a stable code, an HTTP status, a sentence and details a program can read."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    details_doc: ClassVar[str] = ""
    retry_after: int | None = None  # seconds, where the raiser knows better than the table

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message, details or {})

    @property
    def message(self) -> str:
        """The human sentence."""
        return str(self.args[0])

    @property
    def details(self) -> dict[str, Any]:
        """What a program may want to know beside the code."""
        return dict(self.args[1])

    def __str__(self) -> str:
        return self.message

    def after(self, seconds: int) -> Self:
        """This error, with the time after which trying again may help."""
        self.retry_after = seconds
        return self

    def as_json(self) -> dict[str, Any]:
        """The one shape of an error on the wire: error, code, details."""
        return {"error": self.message, "code": self.code, "details": self.details}


def all_errors() -> Iterator[type[ImajinError]]:
    """Yield each concrete error class once, in the order of `errors`."""

    def leaves(cls: type[ImajinError]) -> Iterator[type[ImajinError]]:
        below = cls.__subclasses__()
        if not below:
            yield cls
        for child in below:
            yield from leaves(child)

    yield from leaves(ImajinError)
