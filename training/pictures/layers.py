"""Layers that pictures are made of. Each draws onto the given Pillow picture."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .canvas import draw_surface
from .colours import ink, pick, vary
from .shapes import as_polygon, draw_outline, ellipse, turn
from .textures import OVERSAMPLING


def draw_leaves(painter, picture, palette, count, smallest, largest, flat=0.3):
    """Overlapping textured things of all sizes ("dead leaves"), radii after a power law as in photographs."""
    rng, side = painter.rng, painter.side
    power = 1 - rng.choice([1.5, 2.0, 2.0, 2.6])
    radii = (smallest**power + rng.random(count) * (largest**power - smallest**power)) ** (1 / power)
    for radius in radii:
        points = rng.uniform(-0.05 * side, 1.05 * side, 2) + radius * draw_outline(rng)
        if radius < 7 or rng.random() < flat:
            ImageDraw.Draw(picture).polygon(as_polygon(points), fill=vary(rng, pick(rng, palette)))
        else:
            paste_surface(painter, picture, palette, points, radius)


def paste_surface(painter, picture, palette, points, radius):
    """Fills an outline with a surface; some edges are soft, some things throw a shadow."""
    rng, side = painter.rng, painter.side
    x0, y0 = np.clip(points.min(0), 0, side).astype(int)
    x1, y1 = np.clip(points.max(0) + 1, 0, side).astype(int)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    mask = Image.new('L', (int(x1 - x0), int(y1 - y0)), 0)
    ImageDraw.Draw(mask).polygon(as_polygon(points - (x0, y0)), fill=255)
    if rng.random() < 0.12:
        mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 6)))
    at = (int(x0), int(y0))
    if radius > 18 and rng.random() < 0.25:
        under = picture.crop((*at, int(x1), int(y1)))
        share = rng.uniform(0.4, 0.8)
        dark = under.point(lambda value: int(value * share))
        picture.paste(dark, at, mask.filter(ImageFilter.GaussianBlur(float(max(2, radius * 0.1)))))
    picture.paste(draw_surface(painter, palette, mask.height, mask.width), at, mask)


def draw_strokes(painter, picture, palette, count, area=None):
    """Many thin curved strokes along one field of directions: fur, hair, grass."""
    rng, side = painter.rng, painter.side
    draw = ImageDraw.Draw(picture)
    x0, y0, x1, y1 = area or (0, 0, side, side)
    field = pick(rng, painter.bank.smooth)
    base, spread, curl = rng.uniform(0, 2 * np.pi), rng.choice([0.1, 0.25, 0.6, 3.0]), rng.uniform(-1.2, 1.2)
    length, width, follow = side * rng.uniform(0.03, 0.22), rng.choice([1, 2, 2, 3, 4, 5]), rng.uniform(0, 4)
    starts = np.stack([rng.uniform(x0, x1, count), rng.uniform(y0, y1, count)], 1)
    bend = field[starts[:, 1].astype(int) % len(field), starts[:, 0].astype(int) % len(field)] - 0.5
    angles = base + rng.normal(0, spread, count) + follow * bend
    # Strokes of fur and grass are lit together: neighbours share their brightness.
    light = 60 * rng.choice([0, 0, 1, 1.5]) * bend
    turns = angles[:, None] + curl * 0.25 * np.arange(4)
    steps = (length * rng.uniform(0.4, 1.3, count) / 4)[:, None, None] * np.stack([np.cos(turns), np.sin(turns)], -1)
    paths = np.concatenate([starts[:, None], starts[:, None] + np.cumsum(steps, 1)], 1)
    for path, lighter in zip(paths.tolist(), light):
        colour = vary(rng, [part + lighter for part in pick(rng, palette)], 22)
        draw.line([tuple(point) for point in path], fill=colour, width=int(max(1, width + rng.choice([-1, 0, 0, 1]))))


def draw_lines(painter, picture, palette, count, widest=5.0):
    """Straight lines, Bézier curves and outlines."""
    rng, side = painter.rng, painter.side
    draw = ImageDraw.Draw(picture)
    for _ in range(count):
        width = max(1, int(OVERSAMPLING * np.exp(rng.uniform(np.log(0.6), np.log(widest)))))
        colour, kind = ink(rng, palette), rng.random()
        if kind < 0.5:
            draw.line(as_polygon(rng.uniform(-0.2 * side, 1.2 * side, (2, 2))), fill=colour, width=width)
        elif kind < 0.82:
            t = np.linspace(0, 1, 31)[:, None]
            a, b, c, d = rng.uniform(-0.2 * side, 1.2 * side, (4, 2))
            curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            draw.line(as_polygon(curve), fill=colour, width=width, joint='curve')
        else:
            radius = np.exp(rng.uniform(np.log(6), np.log(side * 0.4)))
            draw.polygon(as_polygon(rng.uniform(0, side, 2) + radius * draw_outline(rng)), outline=colour, width=width)


def draw_eyes(painter, picture, palette, count):
    """Rings within rings with a highlight: eyes, wheels, lamps, buttons."""
    rng, side = painter.rng, painter.side
    draw = ImageDraw.Draw(picture)
    for _ in range(count):
        centre, radius = rng.uniform(0, side, 2), np.exp(rng.uniform(np.log(5), np.log(side * 0.12)))
        outline = ellipse(rng.uniform(0.4, 1)) @ turn(rng.uniform(0, np.pi))
        for share in np.sort(rng.uniform(0.15, 1, rng.integers(2, 5)))[::-1]:
            draw.polygon(as_polygon(centre + radius * share * outline), fill=ink(rng, palette))
        spot = centre + radius * rng.uniform(-0.3, 0.3, 2)
        draw.polygon(as_polygon(spot + radius * rng.uniform(0.05, 0.2) * ellipse(1)), fill=(250, 250, 250))
