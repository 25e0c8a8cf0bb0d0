"""Encodes pictures once, so that the denoiser can be trained without running the encoder again and again.

python3 -m training.encode_pictures --pictures work/pictures --autoencoder work/model --out work/latents

Each block of pictures becomes a file with `latents` float16 [n, 3, s, s] and `small` uint8 [n, 3, s, s], where s is a quarter
of the pictures' side; `--passes` more often than once, each time turned about and reduced in another way.
"""
import argparse
import os
import zlib
from pathlib import Path

import numpy as np
import torch

from .model_folder import read_network
from .pictures.reduction import reduce_picture
from .pool import PicturePool, to_tensor, turn_about
from .run import half_precision, open_device


@torch.no_grad()
def encode_block(network, device, pictures, rng, batch=8):
    """Latents and small pictures of one block."""
    latents, smalls = [], []
    for start in range(0, len(pictures), batch):
        large = np.stack([turn_about(rng, picture) for picture in pictures[start : start + batch]])
        with half_precision(device):
            latents.append(network.encode(to_tensor(large).to(device)).float().cpu().numpy().astype(np.float16))
        smalls.append(np.stack([reduce_picture(rng, picture).transpose(2, 0, 1) for picture in large]))
    return np.concatenate(latents), np.concatenate(smalls)


def encode_pool(folder, autoencoder, out, device, passes=1, blocks=None):
    """Encodes the first `blocks` blocks (all that are there by default); waits for those still to come."""
    network = read_network(autoencoder, 'vqvae').eval().to(device)
    pool = PicturePool(folder, blocks or 1)
    Path(out).mkdir(parents=True, exist_ok=True)
    for number in range(passes):
        for name in pool.refresh()[:blocks]:
            path = Path(out, f'{Path(name).stem}-{number}.npz')
            if path.exists():
                continue
            rng = np.random.default_rng([zlib.crc32(name.encode()), number])
            latents, small = encode_block(network, device, pool.blocks[name], rng)
            partial = path.with_name(f'part-{path.name}')
            np.savez(partial, latents=latents, small=small)
            os.replace(partial, path)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--pictures', default='work/pictures')
    arguments.add_argument('--autoencoder', default='work/model')
    arguments.add_argument('--out', default='work/latents')
    arguments.add_argument('--passes', type=int, default=1)
    arguments.add_argument('--blocks', type=int)
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--threads', type=int, default=1)
    given = arguments.parse_args()
    device = open_device(given.device, given.threads)
    encode_pool(given.pictures, given.autoencoder, given.out, device, given.passes, given.blocks)


if __name__ == '__main__':
    main()
