"""Words that no one has ever written, so that a model can only copy them."""

import random
import zlib

# Plain letters stand several times, so that stressed and rare ones stay the exception.
_SINGLE = tuple("bcdfghjklmnprstvw")
_CLUSTERS = (
    "br", "cr", "dr", "fr", "gr", "pr", "tr", "bl", "cl", "fl", "gl", "pl", "sl", "sh", "ch", "th",
    "st", "sp", "sk", "sn", "sw", "kh", "gh", "zh", "ts", "tl", "ny", "mb", "nd", "ng", "qu", "hl",
    "ll", "y", "z", "x", "ñ", "ç", "š", "ž", "ł",
)  # fmt: skip
_ONSETS = _SINGLE * 2 + _CLUSTERS
_STRESSED = tuple("yáéíóúèàüöäêôãõåø")
_DOUBLED = ("ai", "ei", "au", "ou", "ia", "io", "ee", "oo", "ea")
_VOWELS = tuple("aeiou") * 7 + _DOUBLED + _STRESSED
_ENDS = (
    "n", "r", "s", "l", "m", "t", "k", "d", "ng", "rn", "st", "nd", "x", "sh", "ck", "p", "b", "g",
    "nt", "rk", "th", "ß", "z",
)  # fmt: skip
_CODAS = ("",) * 12 + _ENDS
HELD_OUT_SHARE = 10


def is_held_out(word: str) -> bool:
    """Whether a pseudo-word belongs to the tenth that training never sees."""
    return zlib.crc32(word.lower().encode()) % HELD_OUT_SHARE == 0


def pseudo_word(rng: random.Random, held_out: bool = False) -> str:
    """Return a made-up word of one to four syllables, of the asked side of the split."""
    while True:
        count = rng.choices((1, 2, 3, 4), (2, 5, 4, 1))[0]
        word = "".join(
            rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(count)
        )
        if 2 <= len(word) <= 14 and is_held_out(word) is held_out:
            return word
