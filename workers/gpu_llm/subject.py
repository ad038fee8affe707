"""What a wish wants to see, taken from the user's own words by rule."""

from __future__ import annotations

import re

from workers.gpu_llm.brief import clean_phrase, clean_subject
from workers.gpu_llm.control import without_control

_PICTURE = (
    r"(?:picture|image|photo(?:graph)?|drawing|painting|illustration|wallpaper|artwork|scene|"
    r"sketch|render(?:ing)?|pic)s?"
)
_KIND = (
    r"(?:(?:an?|the|some|one|two|three|four|five|\d+|nice|beautiful|pretty|cute|cool|new|"
    r"photo-?realistic|realistic|anime|manga|cartoon|digital|oil|watercolou?r|high[- ]quality|"
    r"detailed|stunning|simple|small|big)[\s-]+)*"
)
_VERB = (
    r"(?:draw|paint|make|create|generate|give|show|render|design|imagine|illustrate|produce|"
    r"sketch)"
)
# What stands before the thing itself; tried again and again until nothing more comes off.
_OPENINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?:hi|hello|hey|dear|ok(?:ay)?|so|well|um+|now|please|pls|kindly|thanks?)\b[\s,!.:-]+"
        r"(?:there\b[\s,!.:-]+)?",
        r"^(?:can|could|would|will)\s+you\s+(?:please\s+|kindly\s+|maybe\s+)?(?=\w)",
        r"^(?:can|could|may)\s+(?:i|we)\s+(?:please\s+)?(?:have|get|see)\s+",
        r"^(?:i|we)(?:['’]d|\s+would|\s+do|['’]m|\s+am|\s+are|['’]re)?\s*(?:really\s+|also\s+)?"
        r"(?:want|need|like|love|looking\s+for|wish(?:\s+for)?|have)\s+(?:you\s+)?"
        rf"(?:to\s+(?:{_VERB}|have|get|see)\s+)?(?:me\s+|us\s+)?",
        rf"^(?:please\s+)?{_VERB}\s+(?!it\b)(?:(?:me|us)\s+)?(?=\S)",
        r"^(?:my|the|our)\s+(?:idea|wish|subject|topic|theme)\s*(?:is|:)\s*",
        rf"^{_KIND}{_PICTURE}\s+(?:of|with|showing|about|that\s+shows?|depicting)\s+",
        r"^(?:for|as)\s+[^:]{1,60}:\s+",
        r"^something\s+(?:with|like|about)\s+",
        r"^what\s+about\s+",
        r"^(?:photo-?realistic|realistic|anime|manga|cartoon)\s*[:–—]\s*",
    )
)
_STYLE = (
    r"(?:photo-?realistic|realistic|anime|manga|cartoon|comic|photograph(?:y|ic)?|cinematic|"
    r"cel[- ]shaded|chibi|watercolou?r|pixel[- ]art|oil[- ]painting|ghibli)"
)
_ENDINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[\s,;–—-]+(?:please|pls|thanks?(?:\s+you)?(?:\s+(?:very|so)\s+much)?|thx|cheers)\s*$",
        r"[\s,;–—-]+(?:just\s+for\s+fun|surprise\s+me|make\s+it\s+[\w ]{1,30})\s*$",
        r"[\s,;–—-]*\bfor\s+(?:my|our|his|her|their|the|a|an)\s+(?:\w+\s+){0,2}?"
        r"(?:daughter|son|mother|mum|mom|father|dad|wife|husband|friend|sister|brother|grand\w+|"
        r"kids?|child(?:ren)?|class|school|birthday|website|blog|poster|wall|book|cover|card|"
        r"birthday\s+card|presentation|room|office|app|shop|calendar|postcard|magazine|invitation|"
        r"menu|brochure|newsletter|flyer|banner|slide|article|story|game)"
        r"(?:\s+(?:of|about|in|on)\s+[\w' -]{1,40})?\s*$",
        r"[\s,;–—-]*\bas\s+an?\s+(?:\w+\s+)?(?:poster|wallpaper|card|cover|logo|sticker|icon)\s*$",
        rf"[\s,;–—-]*\b(?:in|as|with)\s+(?:an?\s+|the\s+)?{_STYLE}"
        rf"(?:[\s-]+(?:style|art|look|{_PICTURE}))?\s*$",
        rf"[\s,;–—(-]+{_STYLE}(?:[\s-]+(?:style|art|look))?\)?\s*$",
    )
)
# A sentence that is all politeness holds no subject.
_EMPTY = re.compile(
    rf"(?:hi|hello|hey|dear|ok(?:ay)?|good\s+\w+|please|pls|me|us|thanks?(?:\s+you)?|{_VERB}(?:\s+me)?|"
    rf"{_KIND}{_PICTURE})(?:\s+(?:there|all|everyone|team))?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;。！？؟।])[\s]+|(?<=[。！？؟।])|\n+")
_EDGES = " \t,;:.!?–—-。！？؟।、，"
_WORD = re.compile(r"\w", re.UNICODE)
# Inside a prompt a sentence's first article begins nothing any more.
_ARTICLE = re.compile(r"^(?:An?|The|Some|Two|Three|My|Our)(?= [a-z])")


def subject_of(description: str, category: str = "") -> str:
    """Return the wish's subject in the user's own words and script, at most 160 characters.

    Greetings, polite wrappers, the reason for it and style words are left out. Where nothing is
    left, the category or the cleaned description stands in; it is empty only if both are.
    """
    text = without_control(description)
    for sentence in _SENTENCE.split(text):
        subject = _ARTICLE.sub(lambda found: found[0].lower(), clean_subject(_peeled(sentence)))
        if _WORD.search(subject) and not _EMPTY.fullmatch(subject):
            return subject
    for other in (category, description):
        subject = clean_subject(without_control(other))
        if _WORD.search(subject):
            return subject
    # No letter at all, as in a row of emoji: better the user's signs than nothing.
    return clean_subject(text) or clean_phrase(text)[:160]


def _peeled(sentence: str) -> str:
    """Take openings and endings off a sentence as long as something is left of it."""
    text = " ".join(sentence.split()).strip(_EDGES)
    while True:
        before = text
        for pattern in (*_OPENINGS, *_ENDINGS):
            shorter = pattern.sub("", text, count=1).strip(_EDGES)
            if _WORD.search(shorter):
                text = shorter
        if text == before:
            return text
