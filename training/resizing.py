"""Pillow's filters as matrices, so that gradients pass through resizing."""
from functools import lru_cache

import numpy as np
import torch

#: How much larger pictures become.
SCALE = 4


def bicubic(x):
    """Keys' kernel with a = −0.5."""
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


#: Pillow's filters: weight at a distance, in pixels of the coarser grid.
FILTERS = {
    'bicubic': bicubic,
    'lanczos': lambda x: np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0),
    'box': lambda x: np.where(x < 0.5, 1.0, 0),
    'bilinear': lambda x: np.maximum(1 - x, 0),
}


@lru_cache(maxsize=256)
def resize_matrix(size_from, size_to, kernel='bicubic', device='cpu'):
    """float32 [size_to, size_from]; enlarging interpolates, reducing averages, as Pillow does."""
    scale = size_from / size_to
    centres = (np.arange(size_to)[:, None] + 0.5) * scale
    weights = FILTERS[kernel](np.abs((np.arange(size_from)[None] + 0.5 - centres) / max(scale, 1.0)))
    return torch.from_numpy((weights / weights.sum(1, keepdims=True)).astype(np.float32)).to(device)


def resize(pictures, height, width):
    """[n, c, h, w] to [n, c, height, width]."""
    rows = resize_matrix(pictures.shape[2], height, device=pictures.device)
    columns = resize_matrix(pictures.shape[3], width, device=pictures.device)
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
