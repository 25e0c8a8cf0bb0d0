"""What surfaces are covered with, as brightness 0…1."""
import numpy as np

from .noise import cell_noise, fractal_noise, lit_relief

#: Pictures are drawn so many times larger and reduced at the end, so that edges are smooth.
OVERSAMPLING = 2
_SIDE = 768


class TextureBank:
    """Large noise fields made once, from which many textures are cut."""

    def __init__(self, rng):
        plain = [fractal_noise(rng, _SIDE, _SIDE, rng.uniform(0.6, 2.2)) for _ in range(9)]
        drawn_out = [
            fractal_noise(rng, _SIDE, _SIDE, rng.uniform(0.9, 1.8), rng.uniform(1.5, 4), rng.uniform(0, np.pi))
            for _ in range(4)
        ]
        lit = [lit_relief(field, rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 1.5)) for field in plain[:3] + drawn_out[:1]]
        half = _SIDE // 2
        stones = [np.tile(cell_noise(rng, half, half, int(np.exp(rng.uniform(4.5, 8)))), (2, 2)) for _ in range(2)]
        self.smooth = plain
        self.all = plain + drawn_out + lit + stones

    def cut(self, rng, height, width):
        """A random part of a random field, sometimes at half its fineness."""
        field = self.all[rng.integers(len(self.all))]
        coarse = 2 if rng.random() < 0.25 else 1
        high, wide = -(-height // coarse), -(-width // coarse)
        y = rng.integers(0, max(1, _SIDE - high + 1))
        x = rng.integers(0, max(1, _SIDE - wide + 1))
        part = field[y : y + high, x : x + wide]
        if part.shape != (high, wide):
            part = np.pad(part, ((0, high - part.shape[0]), (0, wide - part.shape[1])), 'wrap')
        return part if coarse == 1 else part.repeat(2, 0).repeat(2, 1)[:height, :width]


def draw_texture(rng, bank, height, width):
    """A texture, float32 [height, width] in 0…1."""
    kind = rng.random()
    if kind < 0.58:
        field = bank.cut(rng, height, width)
        # Pushed to two tones: spots, bark, marble.
        return np.clip((field - rng.uniform(0.35, 0.65)) * rng.uniform(4, 30) + 0.5, 0, 1) if rng.random() < 0.15 else field
    angle = rng.uniform(0, np.pi)
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None]
    along = x * np.cos(angle) + y * np.sin(angle)
    if kind < 0.74:
        along = along - along.min()
        return along / (along.max() + 1e-6)
    if kind < 0.91:
        return stripes(rng, along)
    return bricks(rng, along, -x * np.sin(angle) + y * np.cos(angle))


def stripes(rng, along):
    """Soft or hard stripes with a period of about 3 to 40 final pixels."""
    period = OVERSAMPLING * np.exp(rng.uniform(np.log(3), np.log(40)))
    wave = np.sin(2 * np.pi * along / period)
    if rng.random() < 0.6:
        wave = np.clip(wave * rng.uniform(1.5, 8), -1, 1)
    return (0.5 + 0.5 * wave).astype(np.float32)


def bricks(rng, along, across):
    """Checks, tiles and walls."""
    period = OVERSAMPLING * np.exp(rng.uniform(np.log(4), np.log(40)))
    gap = rng.uniform(-0.7, 0.9)
    squeeze = rng.choice([1, 1, 2, 0.5])
    inside = (np.sin(2 * np.pi * along / period) > gap) & (np.sin(2 * np.pi * across / period * squeeze) > gap)
    return inside.astype(np.float32)
