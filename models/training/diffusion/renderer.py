"""Renders a scene of the little world as a picture: sky, land, subject, water, mist."""

from collections.abc import Callable

from PIL import Image, ImageOps

from models.training.diffusion import landmarks, things
from models.training.diffusion.kit import Canvas, Pen
from models.training.diffusion.land import paint_far, paint_footing, paint_ground, reflect, veil
from models.training.diffusion.scene import Scene, stand
from models.training.diffusion.sky import light_of, paint_sky

PAINTERS: dict[str, Callable[[Pen], None]] = {
    "torii": landmarks.torii,
    "pagoda": landmarks.pagoda,
    "mosque": landmarks.mosque,
    "pyramid": landmarks.pyramid,
    "mausoleum": landmarks.mausoleum,
    "windmill": things.windmill,
    "cathedral": landmarks.cathedral,
    "castle": landmarks.castle,
    "step_pyramid": landmarks.step_pyramid,
    "yurt": things.yurt,
    "greek_temple": landmarks.greek_temple,
    "iron_tower": landmarks.iron_tower,
    "lighthouse": things.lighthouse,
    "sailboat": things.sailboat,
    "balloon": things.balloon,
    "cherry_tree": things.cherry_tree,
    "lanterns": things.lanterns,
    "bridge": things.bridge,
    "palm": things.palm,
    "house": things.house,
}


def render(scene: Scene) -> Image.Image:
    """The scene as an RGB picture of its own size; the same scene always gives the same pixels."""
    canvas = Canvas(scene.size, light_of(scene))
    paint_sky(canvas, scene)
    paint_far(canvas, scene)
    paint_ground(canvas, scene)
    paint_footing(canvas, scene)
    if scene.subject is not None:
        foot, unit = stand(scene)
        PAINTERS[scene.subject](Pen(canvas, foot, unit, scene.variant))
    picture = veil(reflect(canvas.finished(), scene), scene)
    return ImageOps.mirror(picture) if scene.mirrored else picture
