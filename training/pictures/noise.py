"""Fields of random numbers that look like matter: clouds, bark, wood, rock."""
import numpy as np


def fractal_noise(rng, height, width, falloff, stretch=1.0, angle=0.0):
    """Noise with a spectrum of 1/f^falloff, float32 [height, width], mean 0.5, nearly all of it within 0…1.

    `stretch` above 1 draws it out along `angle` (radians), as in wood, water or brushed metal.
    """
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.rfftfreq(width)[None]
    along = fx * np.cos(angle) + fy * np.sin(angle)
    across = -fx * np.sin(angle) + fy * np.cos(angle)
    frequency = np.sqrt((along * stretch) ** 2 + (across / stretch) ** 2)
    frequency[0, 0] = 1
    spectrum = rng.standard_normal(frequency.shape) + 1j * rng.standard_normal(frequency.shape)
    spectrum /= frequency**falloff
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (height, width))
    return np.clip(0.5 + 0.22 * field / (field.std() + 1e-9), 0, 1).astype(np.float32)


def lit_relief(field, angle, strength):
    """The same field as a surface lit from `angle`: what makes rock, bark and gravel look solid. Float32, 0…1."""
    dy, dx = np.gradient(field)
    slope = dx * np.cos(angle) + dy * np.sin(angle)
    return np.clip(0.5 + strength * slope / (slope.std() + 1e-9) * 0.2, 0, 1).astype(np.float32)


def cell_noise(rng, height, width, cells):
    """Distance to the border between random cells, float32 [height, width] in 0…1: pebbles, scales, cracked ground.

    The pattern repeats at the edges.
    """
    points = rng.random((cells, 2)) * (height, width)
    tiled = np.concatenate([points + (y * height, x * width) for y in (-1, 0, 1) for x in (-1, 0, 1)])
    from scipy.spatial import cKDTree

    grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing='ij'), -1).reshape(-1, 2)
    nearest, _ = cKDTree(tiled).query(grid, k=2)
    edge = (nearest[:, 1] - nearest[:, 0]).reshape(height, width)
    return np.clip(edge / np.quantile(edge, 0.98), 0, 1).astype(np.float32)
