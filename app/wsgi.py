"""The WSGI entry: gunicorn app.wsgi:app."""

from __future__ import annotations

from app.factory import create_app
from config import logs
from config.settings import current

logs.configure(current())
app = create_app()
