"""API keys as values, and the command line that makes them."""

import re

import pytest

from app.keys.__main__ import main, parser
from app.keys.key import NOBODY, Key, digest_of, id_of, new_text, rate_of


def made(**changes: object) -> tuple[Key, str]:
    """A key and its text."""
    key_id, text = new_text()
    fields: dict = {
        "id": key_id,
        "name": "studio",
        "tenant": key_id,
        "scopes": frozenset({"analyze", "generate"}),
        "digest": digest_of(text),
        "created": "2026-01-01T00:00:00.000Z",
    }
    return Key(**fields | changes), text


def test_a_key_holds_32_random_bytes_and_names_its_id() -> None:
    key_id, text = new_text()

    assert re.fullmatch(rf"imj_{key_id}_[0-9a-f]{{64}}", text)
    assert id_of(text) == key_id
    assert new_text() != new_text()


@pytest.mark.parametrize("change", ["", "imj_", "x", " {}", "{}x", "{}\n", "{}{}"])
def test_what_is_not_a_key_has_no_id(change: str) -> None:
    text = new_text()[1]

    assert id_of(change.format(text, text)) == ""


def test_a_key_opens_for_its_own_text_alone() -> None:
    key, text = made()

    assert key.opens_for(text)
    assert not key.opens_for(new_text()[1])
    assert not key.opens_for("")
    assert not made(revoked="2026-01-02T00:00:00.000Z", digest=digest_of(text))[0].opens_for(text)
    assert not NOBODY.opens_for("")


def test_the_record_brings_the_key_back_and_holds_no_secret() -> None:
    key, text = made(
        rate="60/minute", daily_jobs=5, daily_bytes=10**12, in_flight=2, last_used="2026-01-02"
    )

    assert Key.from_record(key.record()) == key
    assert Key.from_record(made()[0].record()).rate is None
    assert text[17:] not in str(key.record())
    assert key.digest not in str(key.as_json())


@pytest.mark.parametrize("text", ["60/minute", "1/second", "100000/day", "5/hour"])
def test_a_rate_is_a_number_and_a_span(text: str) -> None:
    assert str(rate_of(text).amount) == text.split("/")[0]


@pytest.mark.parametrize(
    "text", ["", "60", "0/minute", "60/week", "60 per minute", "-1/day", "1e3/day", "100001/day"]
)
def test_a_rate_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="as in 60/minute"):
        rate_of(text)


def test_the_command_reads_what_a_key_may_do() -> None:
    line = "create --name a --scopes derive,admin --rate 5/hour --daily-jobs 7 --in-flight 2"
    line += " --daily-bytes 5000000000"
    given = parser().parse_args(line.split())

    assert given.scopes == {"derive", "admin"}
    assert (given.rate, given.daily_jobs, given.in_flight) == ("5/hour", 7, 2)
    assert given.daily_bytes == 5_000_000_000
    assert (given.name, given.tenant) == ("a", None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "the following arguments are required"),
        ("create --name a", "--scopes"),
        ("create --name a --scopes paint", "choose from analyze, generate, derive, admin"),
        ("create --name a --scopes ,", "choose from"),
        ("create --name a --scopes admin --rate often", "as in 60/minute"),
        ("create --name a --scopes admin --daily-jobs 0", "1 or more"),
        ("create --name a --scopes admin --daily-bytes 1GB", "1 or more"),
        ("create --name a --scopes admin --in-flight -3", "1 or more"),
        ("create --name a --scopes admin --tenant a/b", "letters, digits and dashes"),
        ("create --name= --scopes admin", "1 to 100 printable characters"),
        ("revoke", "id"),
    ],
)
def test_wrong_arguments_are_refused_in_words(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_help_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    shown = capsys.readouterr().out
    assert ended.value.code == 0
    for part in ("examples:", "create --name", "revoke ", "exit status", "printed once"):
        assert part in shown
