import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from config.settings import ROOT, Settings, SettingsError, variable

SECRET = "hunter2"


def test_without_any_variable_the_defaults_hold() -> None:
    settings = Settings.from_env({"PATH": "/bin", "HOME": "/"})

    assert settings.redis_url is None
    assert settings.port == 8000
    assert settings.blobs == ROOT / ".imajin" / "blobs"


def test_variables_are_read_by_their_names() -> None:
    environment = {
        "REDIS_URL": "redis://example.org/3",
        "IMAJIN_PORT": "9000",
        "IMAJIN_DATA_DIR": "/data",
        "IMAJIN_GPUS": "0,2",
        "IMAJIN_LLM_TENSOR_SPLIT": "0.25,0.75",
        "IMAJIN_LOG_FORMAT": "json",
    }
    settings = Settings.from_env(environment)

    assert settings.redis_url == SecretStr("redis://example.org/3")
    assert settings.port == 9000
    assert settings.blobs == Path("/data/blobs")
    assert settings.gpus == (0, 2)
    assert settings.llm_tensor_split == (0.25, 0.75)
    assert settings.log_format == "json"


def test_no_gpu_is_an_empty_list() -> None:
    assert Settings.from_env({"IMAJIN_GPUS": ""}).gpus == ()


def test_an_empty_redis_url_is_none() -> None:
    assert Settings.from_env({"REDIS_URL": ""}).redis_url is None


@pytest.mark.parametrize("name", ["IMAJIN_PORTT", "IMAJIN_REDIS_URL", "IMAJIN_", "IMAJIN_BLOBS"])
def test_an_unknown_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not a setting of Imajin"):
        Settings.from_env({name: "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IMAJIN_PORT", "0"),
        ("IMAJIN_PORT", "70000"),
        ("IMAJIN_PORT", "http"),
        ("IMAJIN_LEASE_SECONDS", "1"),
        ("IMAJIN_DEVICE", "tpu"),
        ("IMAJIN_GPUS", "first"),
        ("IMAJIN_SWEEP_SECONDS", "0"),
        ("IMAJIN_LOG_LEVEL", "info"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}='{value}' cannot be used: "):
        Settings.from_env({name: value})


def test_a_secret_is_shown_nowhere() -> None:
    settings = Settings.from_env({"REDIS_URL": f"redis://:{SECRET}@example.org/3"})

    assert SECRET not in repr(settings) + str(settings.redis_url) + settings.model_dump_json()


def test_a_bad_secret_is_named_without_its_value() -> None:
    with pytest.raises(SettingsError, match=r"^REDIS_URL cannot be used: ") as caught:
        Settings.from_env({"REDIS_URL": SECRET})

    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_field_has_a_variable_and_a_meaning() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        expected = "REDIS_URL" if name == "redis_url" else f"IMAJIN_{name.upper()}"
        assert variable(name) == expected
