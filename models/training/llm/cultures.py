"""What the corpus needs of each culture of the project's knowledge."""

from dataclasses import dataclass
from pathlib import Path

from workers.gpu_llm.culture.knowledge import Culture, load_knowledge

CULTURE_FOLDER = Path(__file__).resolve().parents[3] / "config" / "culture"


@dataclass(frozen=True)
class Trait:
    """A culture as a brief gives it."""

    name: str
    region: str
    motifs: tuple[str, ...]
    palette: tuple[str, ...]
    cares: tuple[str, ...]
    eras: tuple[str, ...]


def load_traits(folder: Path = CULTURE_FOLDER) -> tuple[Trait, ...]:
    """Read every culture of the folder, in the knowledge's order."""
    return tuple(_trait(culture) for culture in load_knowledge(folder).cultures)


def _trait(culture: Culture) -> Trait:
    return Trait(
        name=culture.name,
        region=culture.region,
        motifs=culture.motifs,
        palette=culture.palette,
        cares=tuple(care.about for care in culture.sensitivities),
        eras=culture.eras,
    )
