"""Solid things in one light: pebbles, fruit, knobs, and reliefs as on coins and carvings."""
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from .colours import pick, vary
from .shapes import turn
from .textures import OVERSAMPLING


@dataclass
class Light:
    """Where it comes from (a unit vector, up out of the picture), how much there is without it, and how strong its mirror image is."""

    direction: np.ndarray
    ambient: float
    gloss: float

    def shade(self, colours, height):
        """A surface [h, w, 3] of some height [h, w] in pixels, float32 0…255. A flat one keeps its colours."""
        slope_y, slope_x = np.gradient(height)
        x, y, z = self.direction
        length = np.sqrt(slope_x**2 + slope_y**2 + 1)
        facing = np.clip((z - slope_x * x - slope_y * y) / length, 0, None) / z
        # The eye is above: what faces half-way between it and the light mirrors the light.
        half_x, half_y, half_z = np.array([x, y, z + 1]) / np.linalg.norm([x, y, z + 1])
        mirrored = self.gloss * np.clip((half_z - slope_x * half_x - slope_y * half_y) / length, 0, 1) ** 30
        shaded = colours * (self.ambient + (1 - self.ambient) * facing)[..., None] + mirrored[..., None]
        return np.clip(shaded, 0, 255)


def draw_light(rng):
    """From a side; half of all things are dull."""
    angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 1.2)
    level = np.cos(height)
    direction = np.array([level * np.cos(angle), level * np.sin(angle), np.sin(height)])
    return Light(direction, rng.uniform(0.2, 0.7), rng.choice([0, 0, 36, 120]))


def draw_solids(painter, picture, palette, count, smallest, largest):
    """A new picture with rounded things one upon another, radii after a power law, each with its shadow beside it."""
    rng, side = painter.rng, painter.side
    light = draw_light(rng)
    power = 1 - rng.choice([1.5, 2.0, 2.6])
    radii = (smallest**power + rng.random(count) * (largest**power - smallest**power)) ** (1 / power)
    # What all have in common, as the pebbles of a beach do: how high, angular, long and rough they are.
    kind = rng.choice([0.3, 0.6, 1.0, 1.5]), rng.choice([2.0, 2.0, 3.0, 6.0]), rng.uniform(0.4, 1), rng.uniform(0, 0.5)
    values = np.asarray(picture, np.float32).copy()
    for radius in radii:
        paste_solid(painter, values, palette, light, rng.uniform(0, side, 2), radius, kind)
    return Image.fromarray(values.astype(np.uint8))


def paste_solid(painter, values, palette, light, centre, radius, kind):
    """One rounded thing and its shadow, drawn into `values` [side, side, 3]."""
    rng, side = painter.rng, painter.side
    high, angular, longest, rough = kind
    reach = int(radius * 1.5) + 2
    (x0, y0), (x1, y1) = (np.clip(centre.astype(int) + move, 0, side) for move in (-reach, reach))
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    x, y = (x - centre[0]) / radius, (y - centre[1]) / radius
    along, across = turn(rng.uniform(0, 2 * np.pi)) @ np.stack([x, y]).reshape(2, -1)
    across = across / rng.uniform(longest, 1)
    grain = painter.bank.cut(rng, y1 - y0, x1 - x0) - 0.5
    # 1 at the outline.
    distance = ((np.abs(along) ** angular + np.abs(across) ** angular) ** (1 / angular)).reshape(x.shape) + 0.35 * rough * grain
    height = radius * (high * np.sqrt(np.clip(1 - distance**2, 0, None) + 0.02) + 0.25 * rough * grain)
    colour = np.array(vary(rng, pick(rng, palette), 22), np.float32) + rng.uniform(0, 70) * grain[..., None]
    under = values[y0:y1, x0:x1]
    away = -0.25 * light.direction[:2] / light.direction[2]
    shadow = np.clip(1.35 - np.hypot(x - away[0], y - away[1]), 0, 0.5)
    under *= 1 - 1.2 * (1 - light.ambient) * shadow[..., None]
    cover = np.clip((1 - distance) * radius / OVERSAMPLING + 0.5, 0, 1)[..., None]
    under += cover * (light.shade(colour, height) - under)


def draw_relief(painter, picture, palette):
    """A picture's brightness as the height of one matter in a light: coins, carvings, cloth, skin."""
    rng, side = painter.rng, painter.side
    radius = OVERSAMPLING * np.exp(rng.uniform(np.log(0.5), np.log(4)))
    height = np.asarray(picture.convert('L').filter(ImageFilter.GaussianBlur(float(radius))), np.float32)
    slopes = np.gradient(height)
    steep = np.exp(rng.uniform(np.log(0.15), 0)) / (np.sqrt(slopes[0] ** 2 + slopes[1] ** 2).std() + 1e-3)
    grain = painter.bank.cut(rng, side, side)[..., None] - 0.5
    colours = np.array(pick(rng, palette), np.float32) + rng.uniform(0, 60) * grain
    return Image.fromarray(draw_light(rng).shade(colours, steep * height).astype(np.uint8))
