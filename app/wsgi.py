"""The WSGI entry: gunicorn app.wsgi:app."""

from __future__ import annotations

import logging
import sys

from app.factory import create_app
from app.services import EXTENSION
from app.startup import NoKey, check_keys
from config import logs
from config.settings import current

APP_LOAD_ERROR = 4  # gunicorn ends as a whole where a process of it ends with this

logs.configure(current())
app = create_app()
try:
    check_keys(current(), app.extensions[EXTENSION].key_store)
    app.extensions[EXTENSION].redis_health.warn()
except NoKey as error:
    logging.getLogger("imajin.web").critical(str(error))
    sys.exit(APP_LOAD_ERROR)
