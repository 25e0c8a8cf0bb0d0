"""Measures models on pictures not trained on: python3 -m training.evaluate --pictures FOLDER [FOLDER …] --models work/export

A quick look between training runs; `pnpm bench:quality` measures what users get, through Latentkit itself. The small pictures
are Pillow's bicubic reductions.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .diffusion import sample_latents
from .metrics import gmsd, psnr, ssim
from .model_folder import read_network
from .pool import to_tensor
from .resizing import SCALE, back_project
from .run import open_device


def read_pictures(folder, most):
    """Pictures cut to sides that are multiples of 32, at most `most` pixels each way, from the middle."""
    for path in sorted(Path(folder).glob('*.[pj][np]g')):
        picture = np.asarray(Image.open(path).convert('RGB'))
        height, width = (min(most, side) // 32 * 32 for side in picture.shape[:2])
        y, x = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
        yield path.stem, picture[y : y + height, x : x + width]


def to_picture(tensor):
    """[1, 3, h, w] in −1…1 to uint8 [h, w, 3]."""
    return ((tensor[0].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()


@torch.no_grad()
def enlarge(unet, network, small, steps, eta, seed=0):
    """Before and after back-projection."""
    condition = to_tensor(small[None])
    latents = sample_latents(unet, condition, steps, eta, torch.Generator().manual_seed(seed))
    made = network.decode(network.quantize(latents))
    return to_picture(made), to_picture(back_project(made, condition))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--pictures', nargs='+', required=True)
    arguments.add_argument('--models', nargs='+', required=True)
    arguments.add_argument('--steps', type=int, default=2)
    arguments.add_argument('--eta', type=float, default=1)
    arguments.add_argument('--seeds', type=int, default=1)
    arguments.add_argument('--most', type=int, default=256, help='pixels a side')
    arguments.add_argument('--each', action='store_true', help='figures of each picture, too')
    arguments.add_argument('--threads', type=int, default=1)
    given = arguments.parse_args()
    open_device('cpu', given.threads)
    models = {}
    for name in given.models:
        models[name] = (read_network(name, 'unet').eval(), read_network(name, 'vqvae').eval())
    for folder in given.pictures:
        figures, count = {}, 0
        for picture, wanted in read_pictures(folder, given.most):
            count += 1
            whole = Image.fromarray(wanted)
            small = np.asarray(whole.resize((whole.width // SCALE, whole.height // SCALE), Image.BICUBIC))
            results = [('bicubic', np.asarray(Image.fromarray(small).resize(whole.size, Image.BICUBIC)))]
            for name, (unet, network) in models.items():
                for seed in range(given.seeds):
                    plain, projected = enlarge(unet, network, small, given.steps, given.eta, seed)
                    results += [(name, plain), (f'{name} + back-projection', projected)]
            for name, made in results:
                row = psnr(made, wanted), ssim(made, wanted), gmsd(made, wanted)
                figures.setdefault(name, []).append(row)
                if given.each:
                    print('  %6.3f %.4f %.4f  %s, %s' % (*row, picture, name))
        print(f'{folder}: {count} pictures, {given.steps} steps, eta {given.eta:g}: PSNR, SSIM, GMSD (lower is better)')
        for name, rows in figures.items():
            print('  %6.3f %.4f %.4f  %s' % (*np.mean(rows, 0), name))


if __name__ == '__main__':
    main()
