"""Every error a client can meet: one class a code, in one tree.

ImajinError
├── RequestError            the client can mend it
│   ├── InvalidRequest, MalformedJson, RequestTimedOut, UnsupportedMediaType, NotAcceptable
│   ├── PayloadTooLarge
│   ├── InvalidImage, ImageTooLarge, UnsupportedText, ModelNotFound, ModerationBlocked
│   └── IdempotencyConflict, NotFound, MethodNotAllowed
├── AccessError             who asks may not, or not now
│   └── Unauthorized, Forbidden, RateLimited, QuotaExceeded
├── JobError                about a job's life
│   └── JobNotFound, JobNotReady, JobCancelled, ResultExpired, JobTimedOut, WorkerLost,
│       UnsupportedVersion
├── EngineError             about a model on a worker
│   └── OutOfMemory, ModelUnavailable, LlmTimedOut, LlmOutputInvalid
├── ServiceError            about what Imajin stands on
│   └── QueueFull, QueueUnavailable, StorageFull, StorageUnavailable, StreamsFull,
│       SigningFailed
└── InternalError           a bug

`args` equals the constructor's arguments, so that an error written as JSON by Celery comes back
as itself on the other side.
"""

from __future__ import annotations

from app.contracts.error_base import ImajinError as ImajinError
from app.contracts.error_base import all_errors as all_errors


class RequestError(ImajinError):
    """The request cannot be served as it is; sending it again changes nothing."""

    code, status = "INVALID_REQUEST", 422


class InvalidRequest(RequestError):
    """A field is missing, unknown, of the wrong type or out of range."""

    code, status = "INVALID_REQUEST", 422
    details_doc = "{field path: [sentences]}"


class MalformedJson(RequestError):
    """The body is not JSON as RFC 8259 has it."""

    code, status = "MALFORMED_JSON", 400


class RequestTimedOut(RequestError):
    """The request's body did not arrive within the time limit."""

    code, status, retryable = "REQUEST_TIMEOUT", 408, True
    details_doc = "{limitSeconds}"


class UnsupportedMediaType(RequestError):
    """The body is not declared as application/json."""

    code, status = "UNSUPPORTED_MEDIA_TYPE", 415


class NotAcceptable(RequestError):
    """The answer cannot be given in the form the Accept header asks for."""

    code, status = "NOT_ACCEPTABLE", 406


class PayloadTooLarge(RequestError):
    """The body is longer than the limit."""

    code, status = "PAYLOAD_TOO_LARGE", 413
    details_doc = "{limitBytes}"


class InvalidImage(RequestError):
    """Not base64, not an image, truncated, or of a format that is not allowed."""

    code, status = "INVALID_IMAGE", 422
    details_doc = "{reason, format?}"


class ImageTooLarge(RequestError):
    """More pixels, frames or scans than the limit, told by the header; or too long to decode."""

    code, status = "IMAGE_TOO_LARGE", 422
    details_doc = "{width, height, limitPixels, limitSide? | limitFrames? | limitScans? | …}"


class UnsupportedText(RequestError):
    """The text overlay holds characters that no installed font has."""

    code, status = "UNSUPPORTED_TEXT", 422
    details_doc = '{missing: ["U+…"]}'


class ModelNotFound(RequestError):
    """The model is not in the catalogue of this deployment."""

    code, status = "MODEL_NOT_FOUND", 422
    details_doc = "{model, available: […]}"


class ModerationBlocked(RequestError):
    """The moderation rules refuse the prompt or the picture."""

    code, status = "MODERATION_BLOCKED", 422
    details_doc = '{stage: "prompt" | "image", categories: {…}}'


class IdempotencyConflict(RequestError):
    """The Idempotency-Key was used for another request before."""

    code, status = "IDEMPOTENCY_CONFLICT", 422


class NotFound(RequestError):
    """There is no such route."""

    code, status = "NOT_FOUND", 404


class MethodNotAllowed(RequestError):
    """The route exists, but not with this method."""

    code, status = "METHOD_NOT_ALLOWED", 405


class AccessError(ImajinError):
    """The request's API key does not allow this, or not now."""

    code, status = "UNAUTHORIZED", 401


class Unauthorized(AccessError):
    """The API key is missing, or is none of this service's valid ones."""

    code, status = "UNAUTHORIZED", 401


class Forbidden(AccessError):
    """The API key lacks the scope that this route needs."""

    code, status = "FORBIDDEN", 403
    details_doc = "{scope}"


class RateLimited(AccessError):
    """More requests or unfinished jobs than the key may have, or too many wrong keys."""

    code, status, retryable = "RATE_LIMITED", 429, True
    details_doc = "{limit, window, retryAfter}, window in seconds; with Retry-After"


class QuotaExceeded(AccessError):
    """The key has used up its jobs or its bytes of the day."""

    code, status, retryable = "QUOTA_EXCEEDED", 429, True
    details_doc = (
        "{counts, limit, window, retryAfter}, counts `jobs` or `bytes`, window in seconds; "
        "with Retry-After"
    )


class JobError(ImajinError):
    """The job cannot give what was asked of it."""


class JobNotFound(JobError):
    """The job is unknown, expired, or somebody else's; the answer never says which."""

    code, status = "JOB_NOT_FOUND", 404


class JobNotReady(JobError):
    """The result was asked for before the job's end."""

    code, status, retryable = "JOB_NOT_READY", 409, True
    details_doc = "{status, progress}; with Retry-After"


class JobCancelled(JobError):
    """The job was cancelled and has no result."""

    code, status = "JOB_CANCELLED", 410


class ResultExpired(JobError):
    """The job ended well, but its pictures are older than the retention time."""

    code, status = "RESULT_EXPIRED", 410


class JobTimedOut(JobError):
    """The task ran into its soft or hard time limit."""

    code, status, retryable = "JOB_TIMEOUT", 500, True
    details_doc = "{limitSeconds}"


class WorkerLost(JobError):
    """The worker died under the job as often as the limit allows."""

    code, status, retryable = "WORKER_LOST", 500, True
    details_doc = "{attempts}"


class UnsupportedVersion(JobError):
    """Another release stored the job in a way that the worker's release does not read."""

    code, status, retryable = "UNSUPPORTED_VERSION", 500, True
    details_doc = "{version}"


class EngineError(ImajinError):
    """A model could not do its work."""


class OutOfMemory(EngineError):
    """The device had no room for this request."""

    code, status, retryable = "GPU_OOM", 500, True
    details_doc = '{requested: "8GB", available: "4GB", adjustments?: […]}'


class ModelUnavailable(EngineError):
    """The model's weights are missing or damaged on the worker."""

    code, status = "MODEL_UNAVAILABLE", 503
    details_doc = "{model, hint}"


class LlmTimedOut(EngineError):
    """The language model did not finish within its time limit."""

    code, status, retryable = "LLM_TIMEOUT", 500, True
    details_doc = "{limitSeconds}"


class LlmOutputInvalid(EngineError):
    """The language model's answer was unusable, after the repair pass too."""

    code, status, retryable = "LLM_INVALID_OUTPUT", 500, True


class ServiceError(ImajinError):
    """Something Imajin stands on is missing or full."""

    code, status, retryable = "QUEUE_UNAVAILABLE", 503, True


class QueueFull(ServiceError):
    """The queue is at its limit; nothing was accepted."""

    code, status, retryable = "QUEUE_FULL", 503, True
    details_doc = "{depth, limit}; with Retry-After"


class QueueUnavailable(ServiceError):
    """The broker or the result backend cannot be reached; nothing is promised."""

    code, status, retryable = "QUEUE_UNAVAILABLE", 503, True


class StorageFull(ServiceError):
    """The blob store has no room or is read-only; nothing was accepted."""

    code, status, retryable = "STORAGE_FULL", 507, True


class StorageUnavailable(ServiceError):
    """The blob store cannot be reached; nothing was accepted, and nothing stored is lost."""

    code, status, retryable = "STORAGE_UNAVAILABLE", 503, True


class StreamsFull(ServiceError):
    """This process holds as many event streams as it may; polling the job still works."""

    code, status, retryable = "STREAMS_FULL", 503, True
    details_doc = "{limit}; with Retry-After"


class SigningFailed(ServiceError):
    """A picture could not be signed with the configured certificate, and was not given out."""

    code, status = "SIGNING_FAILED", 500
    details_doc = "{reason}"


class InternalError(ImajinError):
    """A bug of ours; the log holds the rest under the request id."""

    code, status = "INTERNAL", 500
    details_doc = "{requestId}"
