"""Every setting of Imajin, typed and frozen: the only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from config.setting_types import FloatList, GpuList, MarkKey, RedisUrl, Seconds, SigningKeys
from config.signing_keys import signing_keys

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "IMAJIN_"


class SettingsError(ValueError):
    """A setting is unknown or wrong; the message names it."""


class Settings(BaseModel):
    """All settings; the field `port` is the variable IMAJIN_PORT, only REDIS_URL has no prefix."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), hide_input_in_errors=True
    )

    redis_url: RedisUrl = Field(
        None, description="Redis, rediss or sentinel URL; unset: an embedded server"
    )
    sentinel_master: str = Field(
        "mymaster", description="name of the primary where REDIS_URL names sentinels"
    )
    redis_memory_share: float = Field(
        0.8, gt=0, le=1, description="share of Redis's maxmemory above which no job is accepted"
    )
    data_dir: Path = Field(
        ROOT / ".imajin", description="where the embedded Redis and the blobs live"
    )
    blob_dir: Path | None = Field(
        None, description="blob folder shared by all processes; unset: blobs in the data folder"
    )
    result_ttl: int = Field(
        86400, ge=60, description="seconds that results and their pictures are kept"
    )

    host: str = Field("127.0.0.1", description="address the gateway listens on")
    open_to_all: bool = Field(
        False, description="let everyone in while there is no API key, off loopback too"
    )
    wrong_keys_per_minute: int = Field(
        60, ge=1, description="wrong API keys from one address before RATE_LIMITED"
    )
    port: int = Field(8000, ge=1, le=65535, description="port of the gateway")
    web_workers: int = Field(2, ge=1, description="gateway processes")
    web_connections: int = Field(
        4000, ge=10, description="connections each of them holds; a waiting request holds one"
    )
    event_streams: int = Field(
        2000, ge=1, description="event streams each of them holds before STREAMS_FULL"
    )
    event_keep_alive: float = Field(
        15, ge=0.1, description="seconds of silence after which a stream says that it lives"
    )
    flower_host: str = Field("127.0.0.1", description="address Flower listens on")
    flower_port: int = Field(5555, ge=1, le=65535, description="port of Flower")
    max_body_bytes: int = Field(
        48 * 1024 * 1024, ge=1024, description="longest request body in bytes"
    )
    max_json_depth: int = Field(32, ge=4, le=200, description="deepest nesting of a JSON body")
    wait_seconds: int = Field(
        60, ge=1, le=120, description="how long a plain request waits unless Prefer says"
    )
    queue_limit: int = Field(10_000, ge=1, description="jobs a queue takes before QUEUE_FULL")
    idempotency_ttl: int = Field(
        86400, ge=1, description="seconds that an Idempotency-Key gives its first job again"
    )

    lease_seconds: int = Field(
        15, ge=2, description="a worker silent for so long loses the job it holds"
    )
    max_attempts: int = Field(
        3, ge=1, description="starts of one step before the job fails with WORKER_LOST"
    )
    sweep_seconds: float = Field(
        1.0, ge=0.1, description="pause between two looks for jobs left behind"
    )
    analyze_timeout: int = Field(120, ge=1, description="soft limit in seconds of imajin.analyze")
    generate_timeout: int = Field(570, ge=1, description="soft limit in seconds of imajin.generate")
    derivative_timeout: int = Field(
        50,
        ge=1,
        description="soft limit in seconds of imajin.derive, .finish and .verify",
    )
    hard_limit_grace: int = Field(
        10, ge=1, description="seconds from the soft limit to the end of the process"
    )
    cancel_grace_seconds: float = Field(
        10, ge=0, description="seconds from a cancellation to the end of a process that is stuck"
    )
    previews: bool = Field(True, description="small pictures of what is painted, as events")

    webhook_secret: SigningKeys = Field(
        None, description="signs webhooks: whsec_…, several with commas to rotate; unset: none"
    )
    webhook_allow_http: bool = Field(False, description="take webhooks without TLS too")
    webhook_allow_private: bool = Field(
        False, description="send webhooks to private and loopback addresses too"
    )
    webhook_connect_timeout: float = Field(
        5.0, gt=0, description="seconds for a webhook's DNS answer, and for its connection"
    )
    webhook_timeout: float = Field(
        10.0, gt=0, description="seconds for one attempt at a webhook, redirects included"
    )
    webhook_retries: Seconds = Field(
        (5, 30, 120, 600, 3600, 10800, 21600),
        description="longest pause in seconds before each new attempt; a random part is taken",
    )
    webhook_threads: int = Field(16, ge=1, description="webhooks sent at once by one process")
    webhook_host_limit: int = Field(4, ge=1, description="webhooks sent at once to one host")

    models_file: Path = Field(ROOT / "config/models.yaml", description="the model catalogue")
    presets_file: Path = Field(ROOT / "config/presets.yaml", description="the derivative presets")
    culture_dir: Path = Field(ROOT / "config/culture", description="the culture knowledge")
    moderation_file: Path = Field(
        ROOT / "config/moderation.yaml", description="the prompt word lists"
    )
    moderation_cultures_file: Path = Field(
        ROOT / "config/moderation_cultures.yaml",
        description="what touches the sensitivities of the culture knowledge",
    )
    moderation_culture_acts: bool = Field(
        False, description="let a touched cultural sensitivity blur or block, and not only flag"
    )
    moderation_model: Path | None = Field(
        None,
        description="folder of a transformers image classifier (safetensors) that judges painted "
        "pictures; unset: none",
    )

    gpus: GpuList = Field(
        (0,), description="devices for gpu_llm and gpu_diffusion, one child each, as 0,1"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="where torch runs; auto takes CUDA where it is"
    )
    torch_threads: int = Field(1, ge=1, description="CPU threads of a diffusion process")
    cpu_workers: int = Field(
        os.cpu_count() or 1, ge=1, description="cpu_processing children; default: the cores"
    )
    llm_model: str | None = Field(
        None, description="text model of the catalogue; unset: its text_model"
    )
    llm_path: Path | None = Field(None, description="a GGUF file instead of the entry's source")
    llm_context: int | None = Field(None, ge=256, le=1_048_576, description="context in tokens")
    llm_gpu_layers: int | None = Field(None, ge=-1, description="layers on the GPU; -1 is all")
    llm_tensor_split: FloatList = Field(None, description="share of each GPU, as 0.5,0.5")
    llm_threads: int | None = Field(None, ge=1, description="CPU threads of the language model")
    llm_think_tokens: int | None = Field(None, ge=0, description="longest reasoning in tokens")

    max_image_pixels: int = Field(
        50_000_000, ge=4096, description="most pixels of an image sent in, all frames together"
    )
    max_image_side: int = Field(16384, ge=64, description="most pixels on one side of an image")
    max_image_metadata: int = Field(2**24, ge=0, description="most bytes of metadata, unpacked")
    decode_seconds: float = Field(10.0, gt=0, description="processor time to decode one image")
    max_image_frames: int = Field(100, ge=1, description="most frames of an animation sent in")

    c2pa_cert: Path | None = Field(
        None,
        description="PEM chain, the signing certificate first, that signs content credentials "
        "(C2PA); unset: pictures are not signed",
    )
    c2pa_key: Path | None = Field(None, description="PEM file of that certificate's private key")
    c2pa_trust: Path | None = Field(
        None, description="PEM file of the certificates that /verify trusts; unset: none"
    )
    mark_key: MarkKey = Field(
        None,
        description="secret of the invisible mark, 16 characters or more; unset: not offered",
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severe line that is logged"
    )
    log_format: Literal["text", "json"] = Field("text", description="shape of a log line")

    blob_url: SecretStr | None = Field(
        None,
        description="blob store instead of a folder: s3://bucket/prefix?endpoint_url=…, or another "
        "URL that fsspec knows",
    )
    storage_patience: float = Field(
        20.0, ge=0, description="seconds a worker tries a blob store that is full or away again"
    )
    cpu_memory_bytes: int = Field(
        2 * 1024**3,
        ge=256 * 1024**2,
        description="memory that a cpu_processing child may take beyond what it needs to start",
    )
    cpu_tasks_per_child: int = Field(
        50, ge=1, description="tasks after which a cpu_processing child is replaced"
    )
    body_seconds: float = Field(
        60.0, gt=0, description="longest time that a request's body may take to arrive"
    )
    flower_basic_auth: SecretStr | None = Field(
        None, description="user:password of Flower; needed unless it listens on loopback"
    )

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Settings:
        if (self.c2pa_cert is None) != (self.c2pa_key is None):
            raise ValueError("IMAJIN_C2PA_CERT and IMAJIN_C2PA_KEY are set together or not at all")
        return self

    @property
    def loopback(self) -> bool:
        """Whether the gateway is reached from this machine alone."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:  # a name
            return False

    @property
    def blobs(self) -> Path:
        """The blob folder."""
        return self.blob_dir or self.data_dir / "blobs"

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The keys that sign a webhook, each with its own signature."""
        if self.webhook_secret is None:
            return ()
        return signing_keys(self.webhook_secret.get_secret_value())

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; SettingsError names an unknown variable or a bad value."""
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX)
        }
        for field in given:
            if field not in cls.model_fields or field == "redis_url":
                raise SettingsError(f"{PREFIX}{field.upper()} is not a setting of Imajin.")
        if environ.get("REDIS_URL"):
            given["redis_url"] = environ["REDIS_URL"]
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError(_sentence(error)) from error


def variable(field: str) -> str:
    """The environment variable of a field."""
    return "REDIS_URL" if field == "redis_url" else PREFIX + field.upper()


def holds_secret(field: str) -> bool:
    """Whether a field's value must never be shown."""
    kind = Settings.model_fields[field].annotation
    return SecretStr in (kind, *get_args(kind))


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return f"{first['msg'].removeprefix('Value error, ')}."
    field = str(first["loc"][0])
    name = variable(field)
    if not holds_secret(field):
        name = f"{name}={first['input']!r}"
    return f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}."


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read once."""
    return Settings.from_env(os.environ)
