"""Finds the codes that latents are rounded to: python3 -m training.fit_codebook --pictures work/pictures --model work/model

Lloyd's k-means on latents drawn with a flattened density, so that rare, saturated colours get codes too; without that they
come out in blotches of two tones.
"""
import argparse

import numpy as np
import torch
from scipy.spatial import cKDTree

from .model_folder import read_network, write_network
from .pool import PicturePool, to_tensor
from .run import RunLog, open_device


def draw_vivid(rng, pool, count):
    """Crops as floats 0…255, a third of them with more saturation and contrast than pictures have."""
    crops = []
    for number in range(count):
        crop = pool.draw_crop(rng, min(128, pool.size)).astype(np.float32)[..., rng.permutation(3)]
        if number % 3 == 0:
            grey = crop.mean(-1, keepdims=True)
            crop = grey + (crop - grey) * rng.uniform(1, 4)
            crop = (crop - 128) * rng.uniform(0.9, 1.4) + 128 + rng.normal(0, 30)
            if rng.random() < 0.5:
                crop = crop * rng.uniform(0.2, 1.2, 3)
        crops.append(np.clip(crop, 0, 255))
    return np.stack(crops)


def flatten_density(rng, rows, count, cell=0.15, power=0.5):
    """Draws rows so that crowded cells of space give less than their share."""
    cells = np.floor((rows - rows.min(0)) / cell).astype(np.int64)
    keys = (cells[:, 0] * 4096 + cells[:, 1]) * 4096 + cells[:, 2]
    _, which, crowd = np.unique(keys, return_inverse=True, return_counts=True)
    weights = crowd[which] ** -power
    return rows[rng.choice(len(rows), min(count, len(rows)), replace=False, p=weights / weights.sum())]


def find_codes(rng, rows, count, iterations=10):
    """`count` codes near which the rows lie; a code that no row is nearest to begins anew at a random row."""
    codes = rows[rng.choice(len(rows), count, replace=len(rows) < count)].copy()
    for _ in range(iterations):
        nearest = cKDTree(codes).query(rows)[1]
        members = np.bincount(nearest, minlength=count)
        sums = np.stack([np.bincount(nearest, rows[:, axis], count) for axis in range(rows.shape[1])], 1)
        codes = sums / np.maximum(members, 1)[:, None]
        empty = members == 0
        codes[empty] = rows[rng.choice(len(rows), empty.sum())] + rng.normal(0, 0.02, (empty.sum(), rows.shape[1]))
    return codes


@torch.no_grad()
def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--pictures', default='work/pictures')
    arguments.add_argument('--model', default='work/model')
    arguments.add_argument('--crops', type=int, default=480)
    arguments.add_argument('--points', type=int, default=400000)
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--threads', type=int, default=1)
    given = arguments.parse_args()
    device, rng = open_device(given.device, given.threads), np.random.default_rng(0)
    log = RunLog(f'{given.model}/codebook-run.json', 'codebook', vars(given))
    network = read_network(given.model, 'vqvae', encoder=True).eval().to(device)
    pool, rows = PicturePool(given.pictures), []
    for _ in range(-(-given.crops // 8)):
        latents = network.encode(to_tensor(draw_vivid(rng, pool, 8)).to(device))
        rows.append(latents.permute(0, 2, 3, 1).reshape(-1, 3).cpu().numpy().astype(np.float64))
    rows = np.concatenate(rows)
    codes = find_codes(rng, flatten_density(rng, rows, given.points), network.config['num_vq_embeddings'])
    distance = cKDTree(codes).query(rows[rng.choice(len(rows), min(len(rows), 100000), replace=False)])[0]
    log.line(latents=len(rows), rms_per_channel=float(np.sqrt((distance**2).mean() / 3)))
    network.quantize.embedding.weight.copy_(torch.from_numpy(codes.astype(np.float32)))
    write_network(given.model, 'vqvae', network)


if __name__ == '__main__':
    main()
