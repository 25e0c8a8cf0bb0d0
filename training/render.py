"""Draws the pictures to train on: python3 -m training.render --out work/pictures --count 4000 --processes 2

Writes blocks of 100 pictures, block-00000.npy and so on, uint8 [100, size, size, 3]. A block follows from the seed and its
number alone, so the result does not depend on the number of processes; blocks that are there are kept, so a stopped run can
go on. `--png` writes PNG files 000.png … instead, for a look or as held-out pictures (with a seed not trained on).
"""
import argparse
import os
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

from .pictures.canvas import create_painter
from .pictures.scene import draw_picture

BLOCK = 100


def draw_block(seed, block, count, size):
    """The first `count` pictures of a block, one by one."""
    painter = create_painter([seed, block], size)
    for _ in range(count):
        yield draw_picture(painter)


def write_block(task):
    """Draws one block into its file, unless it is there."""
    folder, seed, block, count, size = task
    path = Path(folder, f'block-{block:05}.npy')
    if path.exists():
        return
    partial = Path(folder, f'part-{block:05}.npy')
    np.save(partial, np.stack(list(draw_block(seed, block, count, size))))
    os.replace(partial, path)


def render_pool(folder, count, size=256, seed=1, processes=1):
    """Draws `count` pictures into blocks, in the order of their numbers."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    numbers = range(-(-count // BLOCK))
    tasks = [(folder, seed, block, min(BLOCK, count - block * BLOCK), size) for block in numbers]
    if processes == 1:
        for task in tasks:
            write_block(task)
        return
    with Pool(processes) as pool:
        for _ in pool.imap(write_block, tasks):
            pass


def render_files(folder, count, size=256, seed=1):
    """Draws `count` pictures of one block as PNG files."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(draw_block(seed, 0, count, size)):
        Image.fromarray(picture).save(Path(folder, f'{number:03}.png'))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--out', default='work/pictures')
    arguments.add_argument('--count', type=int, default=4000)
    arguments.add_argument('--size', type=int, default=256)
    arguments.add_argument('--seed', type=int, default=1)
    arguments.add_argument('--processes', type=int, default=1)
    arguments.add_argument('--png', action='store_true')
    given = arguments.parse_args()
    if given.png:
        render_files(given.out, given.count, given.size, given.seed)
    else:
        render_pool(given.out, given.count, given.size, given.seed, given.processes)


if __name__ == '__main__':
    main()
