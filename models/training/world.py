"""The closed little world of the starter models: what can be painted, and the words for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """One thing the starter model can paint: its key, its culture (if any) and its names."""

    key: str
    culture: str | None
    phrases: tuple[str, ...]


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "torii",
        "japanese",
        ("a torii gate", "a red torii", "a shinto shrine gate", "a japanese shrine gate", "torii"),
    ),
    Subject(
        "pagoda",
        "chinese",
        ("a pagoda", "a chinese pagoda", "a tiered temple tower", "a pagoda temple", "pagoda"),
    ),
    Subject(
        "mosque",
        "turkish",
        ("a mosque", "a turkish mosque", "a mosque with minarets", "a blue mosque", "mosque"),
    ),
    Subject(
        "pyramid",
        "egyptian",
        ("a pyramid", "the pyramids of giza", "an egyptian pyramid", "great pyramids", "pyramid"),
    ),
    Subject(
        "mausoleum",
        "indian",
        (
            "the taj mahal",
            "a white marble mausoleum",
            "a domed mausoleum",
            "an indian palace with a white dome",
            "taj mahal",
        ),
    ),
    Subject(
        "windmill",
        "dutch",
        ("a windmill", "a dutch windmill", "an old wind mill", "a mill with sails", "windmill"),
    ),
    Subject(
        "cathedral",
        "russian",
        (
            "an onion-domed church",
            "a russian cathedral",
            "an orthodox church with onion domes",
            "a russian church",
            "onion domes",
        ),
    ),
    Subject(
        "castle",
        "scottish",
        ("a castle", "a stone castle", "a medieval fortress", "a scottish castle", "castle"),
    ),
    Subject(
        "step_pyramid",
        "mexican",
        (
            "a step pyramid",
            "a mayan temple",
            "an aztec pyramid",
            "a mexican step pyramid",
            "mayan pyramid",
        ),
    ),
    Subject(
        "yurt",
        "mongolian",
        ("a yurt", "a mongolian ger", "a nomad tent", "a round felt tent", "yurt"),
    ),
    Subject(
        "greek_temple",
        "greek",
        (
            "a greek temple",
            "a temple with marble columns",
            "the parthenon",
            "an ancient greek temple",
            "a temple with white columns",
        ),
    ),
    Subject(
        "iron_tower",
        "french",
        (
            "the eiffel tower",
            "an iron lattice tower",
            "a paris tower",
            "eiffel tower",
            "iron tower",
        ),
    ),
    Subject(
        "lighthouse",
        None,
        (
            "a lighthouse",
            "a striped lighthouse",
            "an old lighthouse",
            "a beacon tower",
            "lighthouse",
        ),
    ),
    Subject(
        "sailboat",
        None,
        ("a sailboat", "a sailing boat", "a ship with white sails", "a yacht", "sailboat"),
    ),
    Subject(
        "balloon",
        None,
        (
            "a hot air balloon",
            "a hot-air balloon",
            "hot air balloons",
            "a striped balloon",
            "balloon",
        ),
    ),
    Subject(
        "cherry_tree",
        "japanese",
        ("a cherry tree", "a blossoming cherry tree", "a sakura tree", "cherry blossoms", "sakura"),
    ),
    Subject(
        "lanterns",
        "chinese",
        ("red lanterns", "paper lanterns", "hanging lanterns", "chinese lanterns", "lanterns"),
    ),
    Subject(
        "bridge",
        None,
        ("a stone bridge", "an arched bridge", "an old bridge", "a bridge with arches", "bridge"),
    ),
    Subject(
        "palm",
        None,
        ("a palm tree", "a tall palm", "a coconut palm", "a tropical palm tree", "palm tree"),
    ),
    Subject(
        "house",
        None,
        ("a house", "a small cottage", "a little house", "a farmhouse", "cottage"),
    ),
)
SUBJECT_KEYS: tuple[str, ...] = tuple(subject.key for subject in SUBJECTS)

TIMES: dict[str, tuple[str, ...]] = {
    "dawn": (
        "at dawn",
        "at sunrise",
        "in the early morning",
        "in soft morning light",
        "in the pale light of daybreak",
        "dawn light",
    ),
    "day": (
        "at noon",
        "in bright daylight",
        "by day",
        "in clear midday light",
        "under the midday sun",
        "daylight",
    ),
    "sunset": (
        "at sunset",
        "at golden hour",
        "at dusk",
        "in warm evening light",
        "in the glow of the setting sun",
        "golden hour light",
    ),
    "night": (
        "at night",
        "under the stars",
        "by moonlight",
        "at midnight",
        "under a starry night sky",
        "moonlit night",
    ),
}

PLACES: dict[str, tuple[str, ...]] = {
    "sea": ("by the sea", "on the coast", "at the ocean", "on a beach", "in a harbour"),
    "lake": ("by a lake", "beside a river", "reflected in calm water", "at a pond", "on the lake"),
    "mountains": ("in the mountains", "below snowy peaks", "in the alps", "among high mountains"),
    "desert": ("in the desert", "among sand dunes", "in the sahara", "on golden sand"),
    "meadow": ("in a meadow", "in green fields", "in the countryside", "on a grassy hill"),
    "forest": ("in a forest", "among the trees", "in the woods", "at the edge of a pine forest"),
    "city": ("in a city", "in front of a skyline", "downtown", "among tall buildings"),
}

SEASONS: dict[str, tuple[str, ...]] = {
    "spring": ("in spring", "in april", "springtime"),
    "summer": ("in summer", "in july", "summer"),
    "autumn": ("in autumn", "in october", "in the fall"),
    "winter": ("in winter", "in the snow", "in december", "snow-covered"),
}

WEATHERS: dict[str, tuple[str, ...]] = {
    "clear": ("clear sky", "under a clear sky", "fine weather"),
    "cloudy": ("cloudy sky", "under big clouds", "overcast", "before the rain"),
    "misty": ("in mist", "foggy", "in light fog", "hazy air"),
}

STYLES: dict[str, tuple[str, ...]] = {
    "photorealistic": (
        "a photorealistic photograph of",
        "a photo of",
        "a realistic photograph of",
        "a cinematic photo of",
        "a detailed photograph of",
        "a photorealistic image of",
    ),
    "anime": (
        "an anime illustration of",
        "an anime scene of",
        "an anime style drawing of",
        "a cel-shaded anime picture of",
        "a cartoon of",
        "a manga style illustration of",
    ),
}

# Styles the model has no own look for are painted in the nearer of the two it has.
NEAREST_STYLE: dict[str, str] = {
    "oil painting": "photorealistic",
    "watercolor": "anime",
    "pixel art": "anime",
    "digital art": "anime",
    "concept art": "photorealistic",
    "sketch": "anime",
    "ukiyo-e": "anime",
    "3d render": "photorealistic",
    "comic": "anime",
    "vintage film": "photorealistic",
    "cinematic": "photorealistic",
    "realistic": "photorealistic",
}

COMPOSITIONS: tuple[str, ...] = (
    "wide shot",
    "centred composition",
    "low angle",
    "rule of thirds",
    "symmetrical view",
    "long view",
    "eye level",
    "panoramic framing",
)

MOODS: tuple[str, ...] = (
    "serene",
    "peaceful",
    "dramatic",
    "joyful",
    "mysterious",
    "festive",
    "nostalgic",
    "romantic",
    "epic",
    "calm",
    "dreamy",
    "cosy",
)


def light_phrases() -> tuple[str, ...]:
    """Every phrase that names a time of day, in the tables' order."""
    return tuple(phrase for phrases in TIMES.values() for phrase in phrases)


def style_phrases() -> tuple[str, ...]:
    """Every phrase that opens a prompt in one of the two styles, in the tables' order."""
    return tuple(phrase for phrases in STYLES.values() for phrase in phrases)
