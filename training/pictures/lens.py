"""What a camera makes of flat pictures."""
import numpy as np
from PIL import Image

from .canvas import blurred
from .shapes import turn


def in_perspective(painter, picture):
    """A flat picture seen aslant: what is near is large, what is far small."""
    rng, side = painter.rng, painter.side
    # Where the corners of what is seen lie in the flat picture: the far side is the longer one there.
    far, deep = np.exp(rng.uniform(0, np.log(3))), np.exp(rng.uniform(np.log(0.6), np.log(2)))
    corners = np.array([(-far, -deep), (-1, deep), (1, deep), (far, -deep)])
    corners = corners @ turn(rng.choice([0, np.pi / 2]) + rng.normal(0, 0.3))
    corners = side / 2 * (1 + corners * rng.uniform(0.6, 1) / np.abs(corners).max())
    rows, places = [], []
    for (x, y), (u, v) in zip([(0, 0), (0, side), (side, side), (side, 0)], corners):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        places += [u, v]
    return picture.transform(picture.size, Image.PERSPECTIVE, np.linalg.solve(rows, places).tolist(), Image.BICUBIC)


def partly_in_focus(painter, picture):
    """Sharp at one depth, soft before and behind it."""
    rng, side = painter.rng, painter.side
    y = np.linspace(-1, 1, side, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, side, dtype=np.float32)[None]
    angle, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.8, 0.8)
    away = np.abs(x * np.cos(angle) + y * np.sin(angle) - place)
    softness = np.clip((away - rng.uniform(0, 0.4)) * rng.uniform(0.8, 3), 0, 1)
    return Image.composite(blurred(rng, picture, 0.6, 4), picture, Image.fromarray((255 * softness).astype(np.uint8)))
