"""What the layers of a picture share."""
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from .colours import blend, pick, vary
from .noise import fractal_noise
from .textures import OVERSAMPLING, TextureBank, draw_texture


@dataclass
class Painter:
    """The source of randomness, the textures, and the pictures finished so far (used again as textures)."""

    rng: np.random.Generator
    bank: TextureBank
    #: Side of the canvas in pixels, `OVERSAMPLING` times the finished picture's.
    side: int
    finished: list = field(default_factory=list)


def create_painter(seed, size):
    """A painter of square pictures of `size` pixels a side; everything it draws follows from `seed`."""
    rng = np.random.default_rng(seed)
    return Painter(rng, TextureBank(rng), size * OVERSAMPLING)


def draw_surface(painter, palette, height, width):
    """A textured, shaded piece of something: a Pillow picture."""
    rng = painter.rng
    if painter.finished and rng.random() < 0.12:
        whole = pick(rng, painter.finished)
        if whole.width > width and whole.height > height:
            x, y = rng.integers(0, whole.width - width), rng.integers(0, whole.height - height)
            return whole.crop((x, y, x + width, y + height))
    texture = draw_texture(rng, painter.bank, height, width)
    low = np.array(vary(rng, pick(rng, palette)), np.float32)
    contrast = rng.choice([0.1, 0.25, 0.5, 1.0])
    high = low + contrast * (np.array(pick(rng, palette), np.float32) - low) + rng.normal(0, 18)
    colours = blend(low, high, texture).astype(np.float32)
    if rng.random() < 0.5:
        colours *= falling_light(rng, height, width)[..., None]
    return Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))


def falling_light(rng, height, width):
    """Light that falls off to one side, float32 [height, width] around 1."""
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.45)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    return 1 + strength * (x * np.cos(angle) + y * np.sin(angle))


def draw_background(painter, palette):
    """One colour, clouds, or a gradient, over the whole canvas."""
    rng, side = painter.rng, painter.side
    low, high = vary(rng, pick(rng, palette)), vary(rng, pick(rng, palette))
    kind = rng.random()
    if kind < 0.35:
        return Image.new('RGB', (side, side), low)
    if kind < 0.75:
        return Image.fromarray(blend(low, high, fractal_noise(rng, side, side, rng.uniform(1, 2.4))))
    angle, along = rng.uniform(0, 2 * np.pi), np.linspace(0, 1, side, dtype=np.float32)
    amount = along[None] * np.cos(angle) + along[:, None] * np.sin(angle)
    return Image.fromarray(blend(low, high, (amount - amount.min()) / np.ptp(amount)))


def blurred(rng, picture, low, high):
    """Out of focus by a radius between `low` and `high` final pixels."""
    radius = OVERSAMPLING * np.exp(rng.uniform(np.log(low), np.log(high)))
    return picture.filter(ImageFilter.GaussianBlur(float(radius)))
