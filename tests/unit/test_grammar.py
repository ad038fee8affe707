"""The text of the answer's grammar; what a model makes of it is tested with a real one."""

from __future__ import annotations

import re

import pytest

from workers.gpu_llm.grammar import answer_grammar, gbnf_literal


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("two cats", '"two cats"'),
        ('say "hi"', '"say \\x22hi\\x22"'),
        ("a\\b", '"a\\x5Cb"'),
        ("ñ", '"\\xF1"'),
        ("猫", '"\\u732B"'),
        ("🦊", '"\\U0001F98A"'),
        ("a\nb", '"a\\x0Ab"'),
    ],
)
def test_a_literal_is_plain_ascii_or_an_escape(text: str, literal: str) -> None:
    assert gbnf_literal(text) == literal


def test_every_rule_that_is_used_is_defined_and_named_without_underscore() -> None:
    grammar = answer_grammar('a "quoted" [subject] ::= root', 3)
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]', " ", grammar)
    defined = set(re.findall(r"^(\S+) ::=", bare, re.MULTILINE))
    used = set(re.findall(r"[A-Za-z_-]+", bare)) - defined

    assert used == set()
    assert not [name for name in defined if "_" in name]


def test_the_count_is_written_out() -> None:
    line = next(x for x in answer_grammar("cat", 5).splitlines() if x.startswith("prompts"))

    assert line.count("item") == 5


def test_a_filter_leaves_no_other_choice() -> None:
    grammar = answer_grammar("cat", 1, ("anime",), ("16:9",))

    assert "photorealistic" not in grammar
    assert "3:2" not in grammar


def test_a_quote_in_the_subject_is_escaped_for_json_first() -> None:
    assert 'subject ::= "say \\x5C\\x22hi\\x5C\\x22"' in answer_grammar('say "hi"', 1)
