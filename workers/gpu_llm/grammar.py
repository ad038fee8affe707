"""The GBNF grammar of one answer: fixed keys, closed choices, and the subject in every prompt."""

from __future__ import annotations

import json
from collections.abc import Sequence

from workers.gpu_llm.brief import ASPECT_RATIOS, PROMPT_LIMIT, STYLES

NAME_CHARS, NEGATIVE_CHARS, LEAD_WORDS = 90, 240, 12
# Angle brackets are left out, so that no control token can be spelled inside a string, and raw
# control characters, which JSON forbids. A word is bounded, so that no string runs away.
_COMMON = r"""
char ::= [^"\\<>\x00-\x1F\x7F-\x9F\u2028\u2029] | "\\\""
solid ::= [^"\\<>\x00-\x20\x7F-\xA0\u2028\u2029\u3000] | "\\\""
word ::= solid{1,24}
tail ::= ([ ,.;:!?)'] char{0,TAIL})?
name ::= "\"" solid char{0,NAME} "\""
prompt ::= "\"" lead subject tail "\""
negative ::= "\"" (solid char{0,NEGATIVE})? "\""
gap ::= " "?
"""


def answer_grammar(
    subject: str,
    count: int,
    styles: Sequence[str] = STYLES,
    aspect_ratios: Sequence[str] = ASPECT_RATIOS,
    most: int = PROMPT_LIMIT,
    leads: Sequence[str] = (),
) -> str:
    """Return the grammar of an answer with `count` prompts, each with the subject in it.

    `styles` and `aspect_ratios` are the choices left to the model. A prompt is one of the `leads`
    (none given: up to LEAD_WORDS words), the subject letter by letter, and what then fits into
    about `most` characters.
    """
    # llama.cpp takes letters, digits and dashes in rule names; an underscore ends one in silence.
    limits = {
        "TAIL": max(most - len(subject) - 40, 40),
        "NAME": NAME_CHARS - 1,
        "NEGATIVE": NEGATIVE_CHARS - 1,
    }
    rules = _COMMON
    for mark, limit in limits.items():
        rules = rules.replace(mark, str(limit))
    item = _object({"name": "name", "prompt": "prompt", "negativePrompt": "negative"})
    items = ' "," gap '.join(["item"] * count)
    answer = _object({"style": "style", "aspectRatio": "aspect", "prompts": "prompts"})
    return "\n".join(
        (
            f"root ::= {answer}",
            f"style ::= {_choice(styles)}",
            f"aspect ::= {_choice(aspect_ratios)}",
            f'prompts ::= "[" {items} "]"',
            f"item ::= {item}",
            f"lead ::= {_leads(leads)}",
            f"subject ::= {gbnf_literal(_inside_json(subject))}",
            rules,
        )
    )


def _leads(leads: Sequence[str]) -> str:
    if not leads:
        return f'(word " "){{0,{LEAD_WORDS}}}'
    return " | ".join(gbnf_literal(_inside_json(lead) + " ") for lead in leads)


def gbnf_literal(text: str) -> str:
    """Return the text as a GBNF string: plain ASCII stands for itself, all else as an escape."""
    return '"' + "".join(map(_gbnf_char, text)) + '"'


def _gbnf_char(char: str) -> str:
    code = ord(char)
    if 0x20 <= code < 0x7F and char not in '"\\':
        return char
    if code < 0x100:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _inside_json(text: str) -> str:
    """Return the text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _choice(words: Sequence[str]) -> str:
    return " | ".join(gbnf_literal(json.dumps(word)) for word in words)


def _object(rules: dict[str, str]) -> str:
    pairs = [f"{gbnf_literal(json.dumps(key) + ':')} gap {rule}" for key, rule in rules.items()]
    return '"{" ' + ' "," gap '.join(pairs) + ' "}"'
