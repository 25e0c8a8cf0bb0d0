"""Colours that belong together, as the colours of a photograph do."""
import colorsys

import numpy as np

PLAIN = [(255, 255, 255), (248, 244, 232), (20, 20, 25), (0, 0, 0)]


def draw_palette(rng, size=None):
    """A few related colours, a list of (red, green, blue) in 0…255.

    Hues lie within a spread, from one hue to all of them; saturation and brightness have a range of their own.
    """
    hue = rng.random()
    spread = rng.choice([0.04, 0.08, 0.15, 0.5, 1.0])
    saturation = rng.choice([0.0, 0.15, 0.3, 0.45, 0.6, 0.9])
    dark, bright = rng.uniform(0, 0.35), rng.uniform(0.6, 1)
    colours = []
    for _ in range(size or rng.integers(3, 9)):
        rgb = colorsys.hsv_to_rgb(
            (hue + spread * (rng.random() - 0.5)) % 1,
            saturation * rng.random() ** 0.7,
            dark + (bright - dark) * rng.random(),
        )
        colours.append(tuple(255 * part for part in rgb))
    return colours


def pick(rng, colours):
    """One of a list of colours."""
    return colours[rng.integers(len(colours))]


def vary(rng, colour, amount=14.0):
    """A colour near another, of whole numbers in 0…255: mostly brighter or darker, a little of another hue."""
    lighter = rng.normal(0, amount)
    return tuple(int(min(255, max(0, part + lighter + shift))) for part, shift in zip(colour, rng.normal(0, amount * 0.35, 3)))


def ink(rng, palette):
    """A colour to write or draw lines with: often black or white, else one of the palette."""
    return vary(rng, pick(rng, palette)) if rng.random() < 0.6 else pick(rng, PLAIN)


def blend(low, high, amount):
    """A picture uint8 [h, w, 3] that goes from colour `low` to `high` as `amount` [h, w] goes from 0 to 1."""
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    return np.clip(low + amount[..., None] * (high - low), 0, 255).astype(np.uint8)
