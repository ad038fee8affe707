"""The closed little world of the starter models: what can be painted, and the words for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """One thing the starter model can paint: its key, its culture (if any) and its names."""

    key: str
    culture: str | None
    phrases: tuple[str, ...]


# fmt: off
SUBJECTS: tuple[Subject, ...] = (
    Subject("torii", "japanese", (
        "a torii gate", "a red torii", "a shinto shrine gate", "a japanese shrine gate", "torii",
        "a japanese temple gate", "itsukushima shrine", "a red shrine gate", "a gate in kyoto",
        "the gate of a shrine",
    )),
    Subject("pagoda", "chinese", (
        "a pagoda", "a chinese pagoda", "a tiered temple tower", "a pagoda temple", "pagoda",
        "a buddhist temple tower", "a buddhist temple", "an asian temple", "a five-storey pagoda",
        "a chinese temple",
    )),
    Subject("mosque", "turkish", (
        "a mosque", "a turkish mosque", "a mosque with minarets", "a blue mosque", "mosque",
        "hagia sophia", "an ottoman mosque", "a domed mosque", "an arab mosque",
        "a mosque in istanbul",
    )),
    Subject("pyramid", "egyptian", (
        "a pyramid", "the pyramids of giza", "an egyptian pyramid", "great pyramids", "pyramid",
        "pyramids of egypt", "the great pyramid", "a pharaoh's tomb", "pyramids",
    )),
    Subject("mausoleum", "indian", (
        "the taj mahal", "a white marble mausoleum", "a domed mausoleum",
        "an indian palace with a white dome", "taj mahal", "a white palace in agra",
        "an indian temple", "a mughal tomb", "a marble tomb",
    )),
    Subject("windmill", "dutch", (
        "a windmill", "a dutch windmill", "an old wind mill", "a mill with sails", "windmill",
        "a mill in holland", "a tower mill", "windmills", "an old mill",
    )),
    Subject("cathedral", "russian", (
        "an onion-domed church", "a russian cathedral", "an orthodox church with onion domes",
        "a russian church", "onion domes", "st basil's cathedral", "a cathedral", "a church",
        "a church with golden domes", "an orthodox church",
    )),
    Subject("castle", "scottish", (
        "a castle", "a stone castle", "a medieval fortress", "a scottish castle", "castle",
        "a fortress", "a fairy tale castle", "a ruined castle", "a knight's castle",
        "edinburgh castle", "a palace with towers",
    )),
    Subject("step_pyramid", "mexican", (
        "a step pyramid", "a mayan temple", "an aztec pyramid", "a mexican step pyramid",
        "mayan pyramid", "chichen itza", "the temple of the sun", "a stone temple in the jungle",
        "a maya pyramid", "an aztec temple",
    )),
    Subject("yurt", "mongolian", (
        "a yurt", "a mongolian ger", "a nomad tent", "a round felt tent", "yurt",
        "a mongolian tent", "a tent", "a felt tent on the steppe", "a ger",
    )),
    Subject("greek_temple", "greek", (
        "a greek temple", "a temple with marble columns", "the parthenon",
        "an ancient greek temple", "a temple with white columns", "the acropolis",
        "a temple of zeus", "greek ruins", "a roman temple", "an ancient temple",
    )),
    Subject("iron_tower", "french", (
        "the eiffel tower", "an iron lattice tower", "a paris tower", "eiffel tower",
        "iron tower", "la tour eiffel", "the tower of paris", "a lattice tower",
    )),
    Subject("lighthouse", None, (
        "a lighthouse", "a striped lighthouse", "an old lighthouse", "a beacon tower",
        "lighthouse", "a beacon", "a light tower", "a red and white lighthouse",
    )),
    Subject("sailboat", None, (
        "a sailboat", "a sailing boat", "a ship with white sails", "a yacht", "sailboat",
        "a boat", "a ship", "a sailing ship", "a little boat", "a fishing boat",
    )),
    Subject("balloon", None, (
        "a hot air balloon", "a hot-air balloon", "hot air balloons", "a striped balloon",
        "balloon", "balloons", "an air balloon", "a colourful balloon", "hot-air balloons",
    )),
    Subject("cherry_tree", "japanese", (
        "a cherry tree", "a blossoming cherry tree", "a sakura tree", "cherry blossoms", "sakura",
        "a tree in blossom", "a pink tree", "a blossom tree", "a tree",
    )),
    Subject("lanterns", "chinese", (
        "red lanterns", "paper lanterns", "hanging lanterns", "chinese lanterns", "lanterns",
        "a lantern", "a lantern festival", "glowing paper lanterns",
    )),
    Subject("bridge", None, (
        "a stone bridge", "an arched bridge", "an old bridge", "a bridge with arches", "bridge",
        "a footbridge", "a stone arch bridge", "a viaduct", "an aqueduct",
    )),
    Subject("palm", None, (
        "a palm tree", "a tall palm", "a coconut palm", "a tropical palm tree", "palm tree",
        "palms", "a palm", "coconut trees", "palm trees",
    )),
    Subject("house", None, (
        "a house", "a small cottage", "a little house", "a farmhouse", "cottage", "a cabin",
        "a hut", "a home", "a country house", "a wooden house", "a villa",
    )),
)
# fmt: on
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
