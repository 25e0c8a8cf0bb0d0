"""Outlines of things: points around (0, 0) with a radius of about 1."""
import numpy as np


def draw_outline(rng):
    """A random outline, float64 [n, 2]: ellipse, bar, polygon, blob or leaf, turned at random."""
    kind = rng.random()
    if kind < 0.32:
        points = ellipse(rng.uniform(0.25, 1))
    elif kind < 0.60:
        points = bar(rng)
    elif kind < 0.72:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7)))
        points = np.stack([np.cos(angles), np.sin(angles)], 1)
    elif kind < 0.92:
        points = blob(rng)
    else:
        points = leaf(rng.uniform(0.15, 0.5))
    # Upright things are common in what people photograph.
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.7 else rng.choice([0, np.pi / 2]) + rng.normal(0, 0.03)
    return points @ turn(angle)


def turn(angle):
    """The matrix that turns rows of points by an angle in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, sin], [-sin, cos]])


def ellipse(flatness, points=40):
    """An ellipse of half axes 1 and `flatness`."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([np.cos(angles), flatness * np.sin(angles)], 1)


def bar(rng):
    """A rectangle from square to very thin, sometimes in perspective."""
    half = np.exp(rng.uniform(np.log(0.03), 0))
    near, far = (1.0, rng.uniform(0.3, 1)) if rng.random() < 0.35 else (1.0, 1.0)
    return np.array([(-1, -half * near), (1, -half * far), (1, half * far), (-1, half * near)])


def blob(rng, points=48):
    """A smooth closed curve."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = 1 + sum(
        rng.uniform(0, 0.28) * np.sin(waves * angles + rng.uniform(0, 2 * np.pi)) for waves in rng.integers(2, 8, 3)
    )
    return np.stack([radius * np.cos(angles), rng.uniform(0.4, 1) * radius * np.sin(angles)], 1)


def leaf(half, points=24):
    """A leaf, pointed at both ends."""
    along = np.linspace(0, 1, points)
    upper = np.stack([2 * along - 1, half * np.sin(np.pi * along)], 1)
    return np.concatenate([upper, -upper])


def as_polygon(points):
    """Points as Pillow's drawing takes them."""
    return [tuple(point) for point in points.tolist()]
