"""Signatures, checked with the package that receivers use."""

import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from config.signing_keys import signing_keys
from workers.webhooks.signing import signed

OLD = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NEW = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()
BODY = '{"type":"job.completed","data":{"name":"窓"}}'.encode()


def now() -> int:
    """The time that a receiver compares with."""
    return int(time.time())


def test_a_receiver_accepts_the_signature() -> None:
    headers = signed([OLD], "msg_1", now(), BODY)

    assert Webhook(OLD).verify(BODY, headers)["type"] == "job.completed"


@pytest.mark.parametrize("key", [OLD, NEW])
def test_while_keys_are_rotated_either_verifies(key: str) -> None:
    headers = signed([OLD, NEW], "msg_1", now(), BODY)

    assert Webhook(key).verify(BODY, headers)


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (BODY + b" ", {}),
        (BODY, {"webhook-id": "msg_2"}),
        (BODY, {"webhook-timestamp": "1700000000"}),
        (BODY, {"webhook-signature": "v1,AAAA"}),
    ],
)
def test_what_was_changed_is_refused(body: bytes, changes: dict[str, str]) -> None:
    headers = signed([OLD], "msg_1", now(), BODY) | changes

    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)


@pytest.mark.parametrize("text", [OLD, f"{OLD},{NEW}", f" {OLD} , {NEW} "])
def test_keys_are_listed_with_commas(text: str) -> None:
    assert signing_keys(text)[0] == OLD


@pytest.mark.parametrize(
    "text", ["secret", "whsec_", "whsec_canary!", f"{OLD},", OLD[6:], "whsec_" + "A" * 28]
)
def test_a_bad_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"^each key is whsec_") as caught:
        signing_keys(text)

    assert "canary" not in str(caught.value)
