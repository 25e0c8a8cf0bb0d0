"""Whole pictures: which layers, in which order, and the lens in front of them."""
import numpy as np
from PIL import Image, ImageFilter

from .canvas import blurred, draw_background
from .colours import PLAIN, draw_palette, ink, pick
from .layers import draw_eyes, draw_leaves, draw_lines, draw_strokes
from .lens import in_perspective, partly_in_focus
from .patterns import draw_buildings, draw_grid, draw_masonry, draw_rings, draw_text
from .solids import draw_relief, draw_solids
from .textures import OVERSAMPLING


def draw_picture(painter):
    """A finished picture, uint8 [size, size, 3]. Nearly empty ones are mostly drawn anew."""
    while True:
        picture = seen_by_a_camera(painter, draw_scene(painter))
        grey = picture.mean(-1)
        detail = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
        if detail > 5 or painter.rng.random() < 0.15:
            break
    # Finished pictures come back as textures of later ones.
    if len(painter.finished) < 24:
        painter.finished.append(Image.fromarray(picture))
    elif painter.rng.random() < 0.2:
        painter.finished[painter.rng.integers(24)] = Image.fromarray(picture)
    return picture


def draw_scene(painter):
    """One of the kinds of scene, at the canvas's size."""
    rng = painter.rng
    palette = draw_palette(rng) + (draw_palette(rng, 3) if rng.random() < 0.5 else [])
    kinds = [nature, fur, buildings, line_art, text, walls, masonry, rings, pebbles, carving]
    shares = [0.36, 0.12, 0.12, 0.04, 0.06, 0.04, 0.07, 0.03, 0.13, 0.03]
    picture = rng.choice(kinds, p=shares)(painter, draw_background(painter, palette), palette)
    if rng.random() < 0.15:
        picture = in_perspective(painter, picture)
    return partly_in_focus(painter, picture) if rng.random() < 0.15 else picture


def nature(painter, picture, palette):
    rng, side = painter.rng, painter.side
    largest = side * rng.choice([0.12, 0.25, 0.4, 0.6])
    smallest = OVERSAMPLING * rng.choice([1.5, 2.5, 4, 8])
    if rng.random() < 0.4:
        draw_leaves(painter, picture, palette, rng.integers(40, 150), smallest * 2, largest)
        picture = blurred(rng, picture, 0.8, 8)
    draw_leaves(painter, picture, palette, int(np.exp(rng.uniform(np.log(60), np.log(1000)))), smallest, largest)
    if rng.random() < 0.25:
        draw_lines(painter, picture, palette, rng.integers(1, 12))
    if rng.random() < 0.2:
        x, y = rng.uniform(0, 0.6 * side, 2)
        draw_strokes(painter, picture, palette, rng.integers(60, 500), (x, y, x + 0.4 * side, y + 0.4 * side))
    if rng.random() < 0.2:
        draw_eyes(painter, picture, palette, rng.integers(1, 6))
    if rng.random() < 0.08:
        draw_text(painter, picture, palette, 1)
    return picture


def fur(painter, picture, palette):
    rng, side = painter.rng, painter.side
    if rng.random() < 0.5:
        draw_leaves(painter, picture, palette, rng.integers(5, 40), 8 * OVERSAMPLING, side * 0.4)
        picture = blurred(rng, picture, 1, 6)
    for _ in range(rng.integers(1, 4)):
        colours = draw_palette(rng) if rng.random() < 0.2 else palette
        draw_strokes(painter, picture, colours, rng.integers(400, 2000))
    if rng.random() < 0.3:
        draw_leaves(painter, picture, palette, rng.integers(3, 25), 4 * OVERSAMPLING, side * 0.25)
    if rng.random() < 0.3:
        draw_eyes(painter, picture, palette, rng.integers(1, 4))
    return picture


def buildings(painter, picture, palette):
    rng, side = painter.rng, painter.side
    if rng.random() < 0.3:
        draw_grid(painter, picture, palette)
    draw_buildings(painter, picture, palette)
    if rng.random() < 0.6:
        draw_leaves(painter, picture, palette, rng.integers(3, 60), 3 * OVERSAMPLING, side * 0.25)
    if rng.random() < 0.5:
        draw_lines(painter, picture, palette, rng.integers(2, 12), widest=3)
    return picture


def line_art(painter, picture, palette):
    rng, side = painter.rng, painter.side
    if rng.random() < 0.6:
        picture = Image.new('RGB', (side, side), pick(rng, PLAIN[:3]))
    draw_leaves(painter, picture, palette, rng.integers(0, 14), 8 * OVERSAMPLING, side * 0.4, flat=0.9)
    draw_lines(painter, picture, palette, rng.integers(8, 60))
    return picture


def text(painter, picture, palette):
    rng, side = painter.rng, painter.side
    if rng.random() < 0.5:
        picture = Image.new('RGB', (side, side), ink(rng, palette))
    elif rng.random() < 0.5:
        draw_leaves(painter, picture, palette, rng.integers(4, 30), 10 * OVERSAMPLING, side * 0.5)
    draw_text(painter, picture, palette, rng.integers(1, 7))
    return picture


def walls(painter, picture, palette):
    draw_grid(painter, picture, palette)
    return with_leaves_before(painter, picture, palette, 0.5)


def masonry(painter, picture, palette):
    return with_leaves_before(painter, draw_masonry(painter, palette), palette, 0.4)


def rings(painter, picture, palette):
    return with_leaves_before(painter, draw_rings(painter, palette), palette, 0.6)


def pebbles(painter, picture, palette):
    rng, side = painter.rng, painter.side
    if rng.random() < 0.4:
        picture = blurred(rng, nature(painter, picture, palette), 0.8, 8)
    count = int(np.exp(rng.uniform(np.log(20), np.log(700))))
    smallest, largest = OVERSAMPLING * rng.choice([2, 4, 8, 14]), side * rng.choice([0.05, 0.12, 0.3])
    picture = draw_solids(painter, picture, palette, count, smallest, largest)
    if rng.random() < 0.2:
        draw_strokes(painter, picture, palette, rng.integers(20, 300))
    return picture


def carving(painter, picture, palette):
    return draw_relief(painter, painter.rng.choice([nature, line_art, text])(painter, picture, palette), palette)


def with_leaves_before(painter, picture, palette, share):
    rng, side = painter.rng, painter.side
    if rng.random() < share:
        draw_leaves(painter, picture, palette, rng.integers(2, 30), 5 * OVERSAMPLING, side * 0.3)
    return picture


def seen_by_a_camera(painter, picture):
    """Focus, lens, the pixels' grid, uneven light: uint8 [size, size, 3]."""
    rng, size = painter.rng, painter.side // OVERSAMPLING
    if rng.random() < 0.12:
        picture = blurred(rng, picture, 0.6, 3)
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(OVERSAMPLING * rng.uniform(0.1, 0.5)))
    picture = picture.resize((size, size), int(rng.choice([Image.BOX, Image.LANCZOS, Image.BICUBIC])))
    values = np.asarray(picture, np.float32)
    if rng.random() < 0.4:
        clouds = pick(rng, painter.bank.smooth)[: size // 4 : 4, : size // 4 : 4]
        light = Image.fromarray(clouds).resize((size, size), Image.BICUBIC)
        values = values * (1 + rng.uniform(0, 1.2) * (np.asarray(light) - 0.5))[..., None]
    if rng.random() < 0.15:
        values = np.repeat(values @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, -1)
    if rng.random() < 0.2:
        values = values + rng.normal(0, rng.uniform(0.5, 3), values.shape[:2])[..., None]
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
