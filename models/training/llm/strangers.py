"""Odd wishes written by hand: what people ask who have not read the corpus."""

from dataclasses import dataclass, field

from workers.gpu_llm.brief import DESCRIPTION_LIMIT, Brief, clean_phrase, clean_subject


@dataclass(frozen=True)
class Wish:
    """A description, the subject a classifier would take from it, and what else is known."""

    description: str
    subject: str
    count: int = 3
    culture: tuple[str, str] | None = None
    motifs: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()
    cares: tuple[str, ...] = ()
    category: str | None = None
    filters: dict[str, str] = field(default_factory=dict)

    def brief(self) -> Brief:
        """Return the wish as the service would hand it on."""
        return Brief(
            subject=clean_subject(self.subject),
            description=clean_phrase(self.description, DESCRIPTION_LIMIT),
            count=self.count,
            culture=self.culture[0] if self.culture else None,
            region=self.culture[1] if self.culture else None,
            motifs=self.motifs,
            palette=self.palette,
            sensitivities=self.cares,
            category=self.category,
            filters=self.filters,
        )


_LONG = (
    "My grandparents kept a bakery on the corner of Rue des Lilas, with a green door, two steps "
    "worn down in the middle, a bell that rang too loudly, and in the window a row of small "
    "marzipan pigs; I would like to see it again on a winter morning, with my grandmother behind "
    "the counter and flour on her sleeves, smiling"
)
_JAPANESE = ("Japanese", "East Asia")

STRANGERS: tuple[Wish, ...] = (
    Wish("cat", "cat"),
    Wish("Cat!!!", "Cat!!!", 1),
    Wish("my dog Biscuit, asleep", "my dog Biscuit, asleep", 4),
    Wish(_LONG, _LONG, 2),
    Wish("Please draw a dragon drinking tea, for my daughter who is 7", "a dragon drinking tea"),
    Wish("un gato con botas en el tejado de noche", "un gato con botas en el tejado de noche"),
    Wish("Schloss Neuschwanstein im Schnee", "Schloss Neuschwanstein im Schnee"),
    Wish("l'église d'Auvers-sur-Oise à l'aube", "l'église d'Auvers-sur-Oise à l'aube", 2),
    Wish('a poster saying "OPEN 24/7" over a diner', 'a diner with a sign "OPEN 24/7"', 2),
    Wish("R2-D2 & C-3PO at the beach, 1977", "R2-D2 & C-3PO at the beach, 1977"),
    Wish("3 hedgehogs in tiny raincoats, manga", "3 hedgehogs in tiny raincoats", 5),
    Wish("an astronaut planting tulips on the Moon", "an astronaut planting tulips on the Moon", 8),
    Wish(
        "a stone bridge at night in heavy snow, Kyoto",
        "a stone bridge at night in heavy snow",
        3,
        _JAPANESE,
        ("a stone lantern", "a red torii gate", "paper umbrellas"),
        ("indigo", "snow white"),
        ("shrine grounds",),
    ),
    Wish(
        "girls dancing at the harvest feast",
        "girls dancing at the harvest feast",
        4,
        ("Zelmari", "Inner Vashtan"),
        ("braided reed crowns", "an ochre drum with bells"),
        ("ochre", "river green"),
        ("mask of the ancestors", "no caricature"),
        "festival",
        {"style": "anime", "mood": "exuberant", "season": "harvest moon"},
    ),
    Wish(
        "portrait of an old fisherman named Þorvaldur",
        "portrait of an old fisherman named Þorvaldur",
        2,
        filters={"aspectRatio": "3:4", "era": "1930s", "palette": "slate and rust"},
    ),
    Wish("something nice", "something nice"),
    Wish("the number 42", "the number 42", 1),
    Wish("panorama of São Paulo's skyline @ sunset #nofilter", "panorama of São Paulo's skyline"),
    Wish(
        "sushi, but made of wool, close-up (macro), watercolor",
        "sushi, but made of wool",
        3,
        _JAPANESE,
        ("a bamboo mat",),
        category="food",
        filters={"composition": "extreme close-up"},
    ),
    Wish(
        "A very tall, very thin, very sad robot; it rains", "a very tall, very thin, very sad robot"
    ),
    Wish("bánh mì và cà phê sữa đá buổi sáng", "bánh mì và cà phê sữa đá buổi sáng", 2),
    Wish("кошка на крыше", "кошка на крыше", 1),
)
