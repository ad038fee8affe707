"""The cpu_processing worker: celery --app workers.cpu_processing.main worker."""

from __future__ import annotations

import logging

from billiard import current_process

from app.contracts.tasks import Queue
from config.moderation import load_moderation
from config.settings import Settings, SettingsError, current, variable
from workers.celery_app import in_child, worker_app
from workers.cpu_processing.certificate import CertificateError
from workers.cpu_processing.classifier import Classifier, UnusableClassifier, try_classifier
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Limits
from workers.cpu_processing.heap import keep_pages
from workers.cpu_processing.memory_limit import limit_memory
from workers.cpu_processing.moderation import Moderator
from workers.cpu_processing.tasks import register

log = logging.getLogger("imajin.cpu_processing")


def credentials_of(settings: Settings) -> Credentials:
    """What signs and reads content credentials; SettingsError names the file of no use."""
    files = settings.c2pa_cert, settings.c2pa_key, settings.c2pa_trust
    secret = settings.mark_key.get_secret_value().encode() if settings.mark_key else None
    try:
        return Credentials.from_files(*files, secret)
    except CertificateError as error:
        field = f"c2pa_{error.file}"
        value = str(getattr(settings, field))
        raise SettingsError(f"{variable(field)}={value!r} cannot be used: {error}.") from error


def classifier_of(settings: Settings) -> Classifier | None:
    """The image classifier, tried where the worker starts; SettingsError if it is of no use."""
    folder = settings.moderation_model
    if folder is None:
        return None
    if current_process().name == "MainProcess":
        try:
            try_classifier(folder, rules.labels)
        except UnusableClassifier as error:
            name = variable("moderation_model")
            raise SettingsError(f"{name}={str(folder)!r} cannot be used: {error}.") from error
    return Classifier(folder)


def warm(index: int) -> None:
    """Load the classifier, then let the child take so much memory and no more."""
    if classifier:
        try:
            classifier.warm()
        except UnusableClassifier as error:
            log.error("classifier.not_loaded %s", error)
    keep_pages()
    limit_memory(current().cpu_memory_bytes)


limits = Limits(
    max_pixels=current().max_image_pixels,
    max_frames=current().max_image_frames,
    max_side=current().max_image_side,
    max_metadata=current().max_image_metadata,
    decode_seconds=current().decode_seconds,
)
rules = load_moderation(current())
classifier = classifier_of(current())
celery = worker_app(Queue.CPU_PROCESSING, __name__, lambda settings: settings.cpu_workers)
celery.conf.worker_max_tasks_per_child = current().cpu_tasks_per_child
register(celery, limits, Moderator(rules, classifier), credentials_of(current()))
in_child(Queue.CPU_PROCESSING, warm)
