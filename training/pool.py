"""A folder of blocks of pictures (uint8 [n, size, size, 3] each), read while it may still be growing."""
import time
from pathlib import Path

import numpy as np


class PicturePool:
    """Blocks are opened as memory maps; those of which no part is asked for cost nothing."""

    def __init__(self, folder, patience=3600):
        """Waits until a block is there, at most `patience` seconds."""
        self.folder = Path(folder)
        self.blocks = {}
        until = time.monotonic() + patience
        while not self.refresh():
            if time.monotonic() > until:
                raise FileNotFoundError(f'{folder} holds no block of pictures. Render some.')
            time.sleep(2)

    def refresh(self):
        """Takes in blocks that came since; returns all names in order."""
        for path in sorted(self.folder.glob('block-*.npy')):
            if path.name not in self.blocks:
                self.blocks[path.name] = np.load(path, mmap_mode='r')
        return sorted(self.blocks)

    @property
    def size(self):
        """Side of the pictures in pixels."""
        return next(iter(self.blocks.values())).shape[1]

    def draw_picture(self, rng):
        """A random picture, uint8 [size, size, 3]."""
        block = self.blocks[list(self.blocks)[rng.integers(len(self.blocks))]]
        return block[rng.integers(len(block))]

    def draw_crop(self, rng, side):
        """A random square part of a random picture, uint8 [side, side, 3]."""
        picture = self.draw_picture(rng)
        y, x = rng.integers(0, len(picture) - side + 1, 2)
        return picture[y : y + side, x : x + side]


def turn_about(rng, picture):
    """The picture mirrored, turned, with its colours swapped or its contrast changed: uint8, contiguous."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.5:
        picture = picture[::-1]
    if rng.random() < 0.5:
        picture = picture.transpose(1, 0, 2)
    if rng.random() < 0.5:
        picture = picture[..., rng.permutation(3)]
    if rng.random() < 0.35:
        values = picture.astype(np.float32)
        middle = values.mean()
        values = (values - middle) * rng.uniform(0.6, 1.15) + middle + rng.normal(0, 18)
        picture = np.clip(values, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(picture)


def to_tensor(pictures):
    """uint8 [n, h, w, 3] to float32 [n, 3, h, w] in −1…1."""
    import torch

    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


