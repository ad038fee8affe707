"""Text set in lines: wrapped by the rules of each script, in several fonts and both directions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby

import regex
from PIL import Image, ImageChops, ImageDraw

from workers.cpu_processing.steps.bidi import levels, visual
from workers.cpu_processing.steps.breaks import line_ends
from workers.cpu_processing.steps.fallback import Glyphs, missing, spell
from workers.cpu_processing.steps.fonts import Face, shaping

_LEADING = 1.08  # line height over ascent and descent
_REFERENCE = 64  # pixels
_SOFT_HYPHEN = "\u00ad"
_SPACES = regex.compile(r"[ \t]+")


@dataclass(frozen=True)
class Run:
    """Characters of one font and one direction."""

    text: str
    face: Face
    level: int

    def length(self, pixels: int) -> float:
        """The advance in pixels of the picture."""
        font = self.face.at(pixels)
        return font.getlength(self.text, direction=self.direction) * self.face.scale(pixels)

    def extent(self, pixels: int) -> tuple[float, float]:
        """How far the ink goes above and below the base line."""
        box = self.face.at(pixels).getbbox(self.text, anchor="ls", direction=self.direction)
        scale = self.face.scale(pixels)
        return -box[1] * scale, box[3] * scale

    @property
    def direction(self) -> str | None:
        """What raqm is told; nothing where there is none."""
        return ("rtl" if self.level % 2 else "ltr") if shaping() else None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph spelled in fonts, with each character's level and the places to break it."""

    glyphs: tuple[Glyphs, ...]
    levels: tuple[int, ...]
    liked: frozenset[int]
    allowed: frozenset[int]

    def runs(self, start: int, end: int) -> tuple[Run, ...]:
        """What stands between two characters, from left to right, without spaces at the end."""
        while end > start and self.glyphs[end - 1].text.isspace():
            end -= 1
        runs = list(self._runs(start, end))
        if runs and runs[-1].text.endswith(_SOFT_HYPHEN) and not missing("-", runs[-1].face):
            runs[-1] = replace(runs[-1], text=runs[-1].text[:-1] + "-")
        return tuple(visual(runs, [run.level for run in runs]))

    def _runs(self, start: int, end: int) -> Iterator[Run]:
        """In the order in which they are read."""
        places = range(start, end)
        key = lambda place: (self.glyphs[place].face, self.levels[place])  # noqa: E731
        for (face, level), group in groupby(places, key=key):
            yield Run("".join(self.glyphs[place].text for place in group), face, level)

    @cached_property
    def advances(self) -> tuple[float, ...]:
        """About how far a line comes up to each character, at the size _REFERENCE.

        Measured once between the places where it may break: a guess that saves most measuring.
        """
        reached = [0.0]
        for stop in sorted(self.allowed | {len(self.glyphs)}):
            start = len(reached) - 1
            if stop > start:
                length = sum(run.length(_REFERENCE) for run in self._runs(start, stop))
                step = length / (stop - start)
                reached += [reached[-1] + step * number for number in range(1, stop - start + 1)]
        return tuple(reached)


@dataclass(frozen=True)
class Block:
    """Lines at a font size; all measures in pixels, the outline's width included."""

    lines: tuple[tuple[Run, ...], ...]
    pixels: int
    stroke: int

    @cached_property
    def lengths(self) -> tuple[float, ...]:
        """How far each line advances."""
        return tuple(sum(run.length(self.pixels) for run in line) for line in self.lines)

    @cached_property
    def rise(self) -> tuple[int, int]:
        """How far the highest ink stands over a base line, and the lowest under it.

        At least what the most modest font of the text says of itself: some fonts claim room for
        stacks of marks that hardly a text has.
        """
        runs = [run for line in self.lines for run in line]
        metrics = [self._metrics(face) for face in {run.face for run in runs}]
        extents = [run.extent(self.pixels) for run in runs]
        ascent = max(min(one[0] for one in metrics), *(one[0] for one in extents))
        descent = max(min(one[1] for one in metrics), *(one[1] for one in extents))
        return round(ascent), round(descent)

    def _metrics(self, face: Face) -> tuple[float, float]:
        ascent, descent = face.at(self.pixels).getmetrics()
        return ascent * face.scale(self.pixels), descent * face.scale(self.pixels)

    @property
    def line_height(self) -> int:
        """From one base line to the next."""
        return round(sum(self.rise) * _LEADING)

    @property
    def width(self) -> int:
        """The longest line."""
        return round(max(self.lengths)) + 2 * self.stroke

    @property
    def height(self) -> int:
        """All lines."""
        return self.line_height * (len(self.lines) - 1) + sum(self.rise) + 2 * self.stroke

    @property
    def has_pictures(self) -> bool:
        """Whether there are emoji in colour."""
        return any(run.face.strike for line in self.lines for run in line)

    @property
    def texts(self) -> list[str]:
        """Each line as it is seen from left to right, one run after the other."""
        return ["".join(run.text for run in line) for line in self.lines]


def paragraphs(text: str, font: str | None = None, direction: str | None = None) -> list[Paragraph]:
    """The text's paragraphs, with runs of spaces as one; raises what `spell` raises."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.splitlines())
    made: list[Paragraph] = []
    line: list[Glyphs] = []
    for one in spell("\n".join(lines) + "\n", font):
        if one.text == "\n":
            made.append(_paragraph(tuple(line), direction))
            line = []
        else:
            line.append(one)
    return made


def _paragraph(glyphs: tuple[Glyphs, ...], direction: str | None) -> Paragraph:
    text = "".join(one.text for one in glyphs)
    starts = [0, *accumulate(len(one.text) for one in glyphs)]
    of_char = levels(text, direction)
    liked, allowed = line_ends(text)
    number = {start: place for place, start in enumerate(starts)}
    return Paragraph(
        glyphs,
        tuple(of_char[start] for start in starts[:-1]),
        frozenset(number[end] for end in liked if end in number),
        frozenset(number[end] for end in allowed if end in number),
    )


def set_lines(text: list[Paragraph], pixels: int, room: float, stroke: int = 0) -> Block:
    """The paragraphs at a font size, in lines no wider than `room` pixels."""
    lines = [line for part in text for line in _wrap(part, pixels, room - 2 * stroke)]
    return Block(tuple(lines), pixels, stroke)


def _wrap(part: Paragraph, pixels: int, room: float) -> Iterator[tuple[Run, ...]]:
    """Greedy lines; what is wider than a line is broken where it may be, at last anywhere."""
    end = len(part.glyphs)
    if end == 0:
        yield ()
    choices = (sorted(part.liked), sorted(part.allowed), range(1, end + 1))
    start = 0
    while start < end:
        stop = next(
            (stop for ends in choices if (stop := _reach(part, start, ends, pixels, room))),
            start + 1,
        )
        yield part.runs(start, stop)
        start = stop


def _reach(
    part: Paragraph, start: int, ends: Sequence[int], pixels: int, room: float
) -> int | None:
    """The last of the ends up to which a line from `start` fits; None where not one does."""

    def fits(place: int) -> bool:
        return sum(run.length(pixels) for run in part.runs(start, ends[place])) <= room

    first = bisect_right(ends, start)
    guess = part.advances[start] + room * _REFERENCE / pixels
    place = bisect_right(ends, guess, lo=first, key=part.advances.__getitem__) - 1
    while place >= first and not fits(place):
        place -= 1
    while place + 1 < len(ends) and fits(place + 1):
        place += 1
    return ends[place] if place >= first else None


@dataclass(frozen=True)
class Painted:
    """A block as masks: the letters, their outline, and what has colours of its own.

    All are `pad` pixels larger than the block on each side, for ink beyond a letter's advance.
    """

    letters: Image.Image
    outline: Image.Image | None
    pictures: Image.Image | None
    pad: int

    @property
    def ink(self) -> Image.Image:
        """Where anything is."""
        drawn = self.letters
        if self.outline:
            drawn = ImageChops.lighter(drawn, self.outline)
        if self.pictures:
            drawn = ImageChops.lighter(drawn, self.pictures.getchannel("A"))
        return drawn


def paint(block: Block, align: str = "center") -> Painted:
    """Draw a block's letters."""
    pad = block.pixels // 2 + block.stroke
    size = block.width + 2 * pad, block.height + 2 * pad
    letters = Image.new("L", size)
    outline = Image.new("L", size) if block.stroke else None
    pictures = Image.new("RGBA", size) if block.has_pictures else None
    for run, x, y in _placed(block, align):
        at = x + pad + block.stroke, y + pad + block.stroke
        if not run.face.strike:
            _letters(letters, run, at, block.pixels)
            if outline:
                _letters(outline, run, at, block.pixels, block.stroke)
        elif pictures:
            _picture(pictures, run, (round(at[0]), at[1]), block.pixels)
    return Painted(letters, outline, pictures, pad)


def _placed(block: Block, align: str) -> Iterator[tuple[Run, float, int]]:
    """Each run with the place where its base line begins."""
    for number, line in enumerate(block.lines):
        free = block.width - 2 * block.stroke - block.lengths[number]
        x = {"left": 0.0, "center": free / 2, "right": free}[align]
        for run in line:
            yield run, x, block.rise[0] + number * block.line_height
            x += run.length(block.pixels)


def _letters(
    mask: Image.Image, run: Run, at: tuple[float, int], pixels: int, stroke: int = 0
) -> None:
    font, way = run.face.at(pixels), run.direction
    ImageDraw.Draw(mask).text(at, run.text, 255, font, "ls", direction=way, stroke_width=stroke)


def _picture(layer: Image.Image, run: Run, at: tuple[int, int], pixels: int) -> None:
    """Emoji, drawn in the only size they have and brought to the text's."""
    font, scale = run.face.at(pixels), run.face.scale(pixels)
    ascent, descent = font.getmetrics()
    width = max(1, round(font.getlength(run.text, direction=run.direction)))
    full = Image.new("RGBA", (width, ascent + descent))
    ImageDraw.Draw(full).text(
        (0, ascent), run.text, (255, 255, 255, 255), font, "ls",
        direction=run.direction, embedded_color=True,
    )  # fmt: skip
    size = max(1, round(width * scale)), max(1, round(full.height * scale))
    small = full.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    layer.alpha_composite(small, (at[0], max(0, at[1] - round(ascent * scale))))
