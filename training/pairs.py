"""Pictures as cameras and pages yield them, with the small pictures that users would have, made where the networks are."""
from functools import lru_cache

import torch

from .jpeg import compress
from .resizing import FILTERS, SCALE, resize_matrix

#: How often small pictures are made with which filter.
FILTER_SHARES = {'bicubic': 0.8, 'lanczos': 0.08, 'box': 0.07, 'bilinear': 0.05}
#: Crops of one batch come from parts of this many sizes: things in them are larger and smaller.
SIZES = 4


def chance(count, share, device):
    """[n, 1, 1, 1], true in `share` of all."""
    return torch.rand(count, 1, 1, 1, device=device) < share


def evenly(count, low, high, device):
    """[n, 1, 1, 1], evenly between both."""
    return low + (high - low) * torch.rand(count, 1, 1, 1, device=device)


def blur(pictures, deviations):
    """Gaussian blur by a deviation of its own for each picture, [n, 1, 1, 1] in pixels; sides are equal."""
    places = torch.arange(pictures.shape[-1], device=pictures.device, dtype=torch.float32)
    weights = torch.exp(-0.5 * ((places[:, None] - places[None]) / deviations.clamp_min(0.05)) ** 2)
    weights = weights / weights.sum(-1, keepdim=True)
    return weights @ pictures @ weights.transpose(-1, -2)


def change_tones(pictures):
    """More or less contrast, brighter or darker, for half of them."""
    n, device = len(pictures), pictures.device
    middle = pictures.mean((1, 2, 3), keepdim=True)
    changed = (pictures - middle) * evenly(n, 0.4, 1.15, device) + middle + 0.07 * torch.randn(n, 1, 1, 1, device=device)
    changed = changed.clamp(0, 1) ** torch.exp(0.25 * torch.randn(n, 1, 1, 1, device=device))
    return torch.where(chance(n, 0.5, device), changed, pictures)


def see_through_lens(pictures):
    """Most photographs are softer than drawings, and many are sharpened again."""
    n, device = len(pictures), pictures.device
    soft = torch.where(chance(n, 0.12, device), evenly(n, 1, 2, device), evenly(n, 0.3, 1, device))
    pictures = torch.where(chance(n, 0.65, device), blur(pictures, soft), pictures)
    edges = pictures - blur(pictures, evenly(n, 0.6, 1.5, device))
    return torch.where(chance(n, 0.25, device), pictures + evenly(n, 0.2, 1, device) * edges, pictures).clamp(0, 1)


def draw_large(pool, count, side):
    """float32 [n, 3, side, side] of 0…1; half of them are larger parts, up to the whole picture, reduced to that size."""
    parts, size = [], pool.pictures.shape[-1]
    for number in range(SIZES):
        taken = side if number < SIZES // 2 else int(torch.randint(side, size + 1, ()))
        crops = pool.draw_crops(-(-count // SIZES), taken)
        if taken > side:
            matrix = resize_matrix(taken, side, device=crops.device)
            crops = (matrix @ crops @ matrix.t()).clamp(0, 1)
        parts.append(crops)
    pictures = torch.cat(parts)
    return see_through_lens(change_tones(pictures[torch.randperm(len(pictures), device=pictures.device)[:count]]))


@lru_cache(maxsize=4)
def reductions(side, device):
    """The matrices of all filters [4, side / 4, side] and how often each is used [4]."""
    matrices = torch.stack([resize_matrix(side, side // SCALE, name, device) for name in FILTERS])
    return matrices, torch.tensor([FILTER_SHARES[name] for name in FILTERS], device=device)


def reduce(pictures):
    """Small pictures, each by a filter of its own, some blurred before or noisy after."""
    n, side, device = len(pictures), pictures.shape[-1], pictures.device
    matrices, shares = reductions(side, device)
    matrix = matrices[torch.multinomial(shares, n, replacement=True)][:, None]
    blurred = torch.where(chance(n, 0.12, device), blur(pictures, evenly(n, 0.3, 1.6, device)), pictures)
    small = matrix @ blurred @ matrix.transpose(-1, -2)
    noise = torch.randn_like(small)
    noise = torch.where(chance(n, 0.4, device), noise[:, :1], noise)
    noise = noise * evenly(n, 0.5, 4, device) / 255 * chance(n, 0.15, device)
    return to_levels(small + noise)


def to_levels(pictures):
    """As 8 bits hold them."""
    return (pictures * 255).round().clamp(0, 255) / 255


def draw_pairs(pool, count, side, compressed):
    """Large and small pictures in −1…1, [n, 3, 4·side, 4·side] and [n, 3, side, side]; the last `compressed` were JPEG."""
    large = draw_large(pool, count, side * SCALE)
    small = reduce(large)
    if compressed:
        device = small.device
        quality = (100 - 4 * torch.exp(2.5 * torch.rand(compressed, device=device))).round()
        small[-compressed:] = compress(small[-compressed:], quality, torch.rand(compressed, device=device) < 0.5)
    return to_levels(large) * 2 - 1, small * 2 - 1
