"""The security headers of every answer."""

from __future__ import annotations

from flask import Response

# An answer of the API is data: whatever a browser takes it for, it loads and runs nothing.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A page of ours: its own scripts from its own files, never inline and never from text.
PAGE = (
    "default-src 'none'; img-src 'self' blob: data:; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Swagger UI writes style attributes; styles cannot run code.
SWAGGER = PAGE.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

EVERY = {
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def harden(response: Response) -> Response:
    """Put the headers on that the view has not set itself."""
    for name, value in EVERY.items():
        response.headers.setdefault(name, value)
    return response
