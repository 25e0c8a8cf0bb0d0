"""Pillow's bicubic resize as matrices, so that gradients pass through it."""
from functools import lru_cache

import numpy as np
import torch


@lru_cache(maxsize=64)
def resize_matrix(size_from, size_to):
    """float32 [size_to, size_from]; enlarging interpolates, reducing averages, as Pillow does."""
    scale = size_from / size_to
    stretch = max(scale, 1.0)
    centres = (np.arange(size_to)[:, None] + 0.5) * scale
    x = np.abs((np.arange(size_from)[None] + 0.5 - centres) / stretch)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = np.where(x < 1, near, np.where(x < 2, far, 0))
    return torch.from_numpy((weights / weights.sum(1, keepdims=True)).astype(np.float32))


def resize(pictures, height, width):
    """[n, c, h, w] to [n, c, height, width]."""
    rows = resize_matrix(pictures.shape[2], height).to(pictures.device)
    columns = resize_matrix(pictures.shape[3], width).to(pictures.device)
    return rows @ pictures @ columns.t()


def reduce_limited(pictures, height, width):
    """Reduced as a picture of 8 bits is: limited to −1…1 after each direction, the width first."""
    narrow = resize(pictures, pictures.shape[2], width).clamp(-1, 1)
    return resize(narrow, height, width).clamp(-1, 1)


def back_project(large, small, iterations=8, momentum=0.7, relaxation=1.2):
    """Pulls the large picture towards agreement with the small one (Irani & Peleg 1991, with Nesterov's momentum): what
    Latentkit does. Limited to −1…1."""
    before = large
    for i in range(iterations):
        start = large + momentum * (large - before)
        missing = small - reduce_limited(start, small.shape[2], small.shape[3])
        step = resize(missing, large.shape[2], large.shape[3]) * (relaxation if i + 1 < iterations else 1)
        before, large = large, (start + step).clamp(-1, 1)
    return large
