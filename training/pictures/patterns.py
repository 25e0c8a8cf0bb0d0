"""Layers with an order of their own: text, windows, masonry, rings, buildings."""
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .colours import blend, ink, pick, vary
from .layers import paste_surface
from .shapes import as_polygon, turn
from .textures import OVERSAMPLING

_LETTERS = list('abcdefghijklmnopqrstuvwxyz' * 2 + 'eeeaaoi' + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?-()&')
_FOLDERS = ['/usr/share/fonts/truetype', '/usr/share/fonts/opentype']


@lru_cache(maxsize=1)
def font_files():
    """The fonts of this machine, in a fixed order; none is fine, Pillow brings one of its own."""
    found = [path for folder in _FOLDERS for path in Path(folder).glob('**/*.[to]tf')]
    return sorted(str(path) for path in found if 'Math' not in path.name)


@lru_cache(maxsize=400)
def load_font(name, pixels):
    """A font by its file, or Pillow's own where there is no file; before Pillow 10.1 that has one size only."""
    if name:
        return ImageFont.truetype(name, pixels)
    try:
        return ImageFont.load_default(pixels)
    except TypeError:
        return ImageFont.load_default()


def draw_text(painter, picture, palette, count):
    """Paragraphs of random letters, 9 to 70 final pixels high."""
    rng, side = painter.rng, painter.side
    draw, files = ImageDraw.Draw(picture), font_files() or [None]
    for _ in range(count):
        pixels = OVERSAMPLING * int(np.exp(rng.uniform(np.log(9), np.log(70))))
        font, colour = load_font(pick(rng, files), pixels), ink(rng, palette)
        x, y = rng.uniform(-0.2, 0.8) * side, rng.uniform(-0.05, 1) * side
        for _ in range(rng.integers(1, 7)):
            words = [''.join(rng.choice(_LETTERS, rng.integers(2, 10))) for _ in range(rng.integers(1, 7))]
            draw.text((x, y), ' '.join(words), fill=colour, font=font)
            y += pixels * 1.15


def draw_grid(painter, picture, palette):
    """Windows, tiles, fences: one cell of a few rectangles, again and again."""
    rng, side = painter.rng, painter.side
    draw = ImageDraw.Draw(picture)
    width = OVERSAMPLING * rng.uniform(6, 50)
    height = width * rng.choice([0.4, 0.6, 1, 1, 1.6, 2.2])
    tilt = turn(rng.choice([0, 0, rng.normal(0, 0.06), rng.uniform(-0.5, 0.5)]))
    shift = 0.5 if rng.random() < 0.35 else 0
    parts = []
    for _ in range(rng.integers(1, 5)):
        low = rng.uniform(0, 0.6, 2)
        parts.append((low, low + rng.uniform(0.15, 0.9, 2) * (1 - low), vary(rng, pick(rng, palette), 25)))
    reach = int(side * 1.2 / min(width, height)) + 2
    for row in range(-reach if tilt[0, 1] else -1, int(side / height) + 2 + (reach if tilt[0, 1] else 0)):
        for column in range(-reach if tilt[0, 1] else -1, int(side / width) + 2 + (reach if tilt[0, 1] else 0)):
            corner = np.array([column + shift * (row % 2), row])
            centre = ((corner + 0.5) * (width, height)) @ tilt
            if (centre < -width - height).any() or (centre > side + width + height).any():
                continue
            for (u0, v0), (u1, v1), colour in parts:
                cell = (corner + [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]) * (width, height)
                draw.polygon(as_polygon(cell @ tilt), fill=colour)


def draw_masonry(painter, palette):
    """Bricks, flagstones or tiles with rough joints of any width and contrast, as a new picture."""
    rng, side = painter.rng, painter.side
    rough = painter.bank.cut(rng, side, side) - 0.5
    angle = rng.choice([0, 0, rng.normal(0, 0.05), rng.uniform(-0.6, 0.6)])
    y = np.arange(side, dtype=np.float32)[:, None]
    x = np.arange(side, dtype=np.float32)[None]
    height = OVERSAMPLING * np.exp(rng.uniform(np.log(6), np.log(60)))
    width = height * rng.choice([1, 1.5, 2, 3, 4])
    v = (y * np.cos(angle) - x * np.sin(angle)) / height + rng.uniform(0, 0.1) * rough
    row = np.floor(v).astype(int)
    u = (x * np.cos(angle) + y * np.sin(angle)) / width + rng.choice([0, 0.5]) * row + rng.uniform(0, 0.05) * rough
    column = np.floor(u).astype(int)
    # Pixels to the nearest side of the stone, and to the joint's edge.
    inside = np.minimum(np.minimum(v - row, row + 1 - v) * height, np.minimum(u - column, column + 1 - u) * width)
    joint = height * np.exp(rng.uniform(np.log(0.02), np.log(0.25)))
    edge = inside - joint + rng.uniform(0, 0.8) * joint * rough
    stone = np.clip(0.5 + edge / (OVERSAMPLING * np.exp(rng.uniform(np.log(0.3), np.log(4)))), 0, 1)[..., None]
    shades = rng.normal(0, rng.uniform(3, 30), (64, 64, 1)) + rng.normal(0, 5, (64, 64, 3))
    grain = painter.bank.cut(rng, side, side)[..., None] - 0.5
    colour = np.array(pick(rng, palette)) + shades[row % 64, column % 64] + rng.uniform(0, 90) * grain
    mortar = np.array(pick(rng, palette)) + rng.uniform(0, 70) * grain
    mortar = colour + rng.choice([0.2, 0.4, 0.7, 1]) * (mortar - colour)
    return Image.fromarray(np.clip(mortar + stone * (colour - mortar), 0, 255).astype(np.uint8))


def draw_rings(painter, palette):
    """Rings or waves over the whole canvas, as a new picture."""
    rng, side = painter.rng, painter.side
    y = np.arange(side, dtype=np.float32)[:, None] - rng.uniform(-0.3, 1.3) * side
    x = np.arange(side, dtype=np.float32)[None] - rng.uniform(-0.3, 1.3) * side
    period = OVERSAMPLING * np.exp(rng.uniform(np.log(3.5), np.log(30)))
    if rng.random() < 0.5:
        distance = np.sqrt(x * x + (rng.uniform(0.4, 1) * y) ** 2)
    else:
        angle = rng.uniform(0, np.pi)
        distance = (x * np.cos(angle) + y * np.sin(angle)) * (1 + rng.uniform(0, 0.5) * x / side)
    wave = np.sin(2 * np.pi * distance / period)
    if rng.random() < 0.6:
        wave = np.clip(wave * rng.uniform(1.5, 10), -1, 1)
    return Image.fromarray(blend(pick(rng, palette), pick(rng, palette), 0.5 + 0.5 * wave))


def draw_buildings(painter, picture, palette):
    """Large planes with long straight edges at shallow angles, ledges and poles along them."""
    rng, side = painter.rng, painter.side
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(2, 7)):
        tilt = turn(rng.choice([0, np.pi / 2]) + rng.normal(0, 0.2))
        half = np.array([1.3 * side, side * np.exp(rng.uniform(np.log(0.03), np.log(0.5)))])
        corners = np.array([(-1, -1), (1, rng.uniform(-1, -0.4)), (1, rng.uniform(0.4, 1)), (-1, 1)]) * half
        centre = rng.uniform(0, side, 2)
        paste_surface(painter, picture, palette, centre + corners @ tilt, half[1])
        for _ in range(rng.integers(0, 6)):
            level = rng.uniform(-1, 1) * half[1]
            edge = centre + np.array([(-half[0], level), (half[0], level * rng.uniform(0.6, 1))]) @ tilt
            draw.line(as_polygon(edge), fill=ink(rng, palette), width=int(OVERSAMPLING * rng.choice([1, 1, 1.5, 2, 3])))


