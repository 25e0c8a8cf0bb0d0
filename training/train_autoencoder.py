"""Trains the autoencoder from its pass-through start.

python3 -m training.train_autoencoder --pictures work/pictures --out work/model --minutes 25

Latents are continuous and disturbed by noise while training, so that the decoder bears the rounding to codes later.
Afterwards an affine map is folded into the two 1×1 convolutions, see `scale_latents`; the codes follow with training.fit_codebook.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .losses import picture_loss
from .model_folder import write_network
from .networks.start import start_autoencoder
from .networks.vq_model import VQModel
from .pool import PicturePool, to_tensor, turn_about
from .run import Average, Budget, RunLog, half_precision, in_background, open_device, set_learning_rate

SIDES = [64, 64, 96, 96, 128, 192]


def draw_batch(rng, pool, pixels):
    """Crops of one size, about `pixels` in all."""
    side = min(SIDES[rng.integers(len(SIDES))], pool.size)
    count = max(2, round(pixels / side**2))
    return to_tensor(np.stack([turn_about(rng, pool.draw_crop(rng, side)) for _ in range(count)]))


def distance_from_unit(latents):
    """How far mean and covariance of the latents' channels are from 0 and the identity."""
    rows = latents.permute(1, 0, 2, 3).reshape(latents.shape[1], -1)
    mean = rows.mean(1)
    centred = rows - mean[:, None]
    covariance = centred @ centred.t() / rows.shape[1]
    return (mean**2).mean() + ((covariance - torch.eye(len(rows), device=rows.device)) ** 2).mean()


@torch.no_grad()
def scale_latents(network, pictures, detail, most=2.5):
    """Makes what the small picture does not tell of the latents equally strong (a deviation of `detail`) in every channel.

    That part is what the denoiser has to invent; the noise schedule suits it best at this strength. Directions that would
    become stronger than `most` in all are held there. Returns the deviations of the channels after it.
    """
    rows, known = [], []
    for part in pictures.split(8):
        rows.append(network.encode(part).permute(0, 2, 3, 1).reshape(-1, 3).cpu())
        around = F.unfold(F.pad(F.avg_pool2d(part, 4), (1, 1, 1, 1), 'replicate'), 3)
        known.append(around.transpose(1, 2).reshape(-1, 27).cpu())
    rows, known = torch.cat(rows).double(), torch.cat(known).double()
    known = torch.cat([known, torch.ones(len(known), 1)], 1)
    middle = rows.mean(0)
    unknown = rows - known @ torch.linalg.lstsq(known, rows).solution
    matrix = detail * inverse_root(unknown.t() @ unknown / len(rows))
    centred = (rows - middle) @ matrix.t()
    values, axes = torch.linalg.eigh(centred.t() @ centred / len(rows))
    limit = values.sqrt().clamp(max=most) / values.sqrt()
    matrix = axes @ torch.diag(limit) @ axes.t() @ matrix
    fold_into(network, matrix.float(), middle.float())
    return ((rows - middle) @ matrix.t()).std(0).tolist()


def inverse_root(covariance):
    values, axes = torch.linalg.eigh(covariance)
    return axes @ torch.diag(values.rsqrt()) @ axes.t()


def fold_into(network, matrix, middle):
    """Latents become matrix · (latents − middle); the decoder undoes it."""
    before, after = network.quant_conv, network.post_quant_conv
    matrix, middle = matrix.to(before.weight.device), middle.to(before.weight.device)
    back = after.weight[:, :, 0, 0].clone()
    before.weight.copy_((matrix @ before.weight[:, :, 0, 0])[..., None, None])
    before.bias.copy_(matrix @ (before.bias - middle))
    after.bias.add_(back @ middle)
    after.weight.copy_((back @ torch.linalg.inv(matrix))[..., None, None])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--pictures', default='work/pictures')
    arguments.add_argument('--out', default='work/model')
    arguments.add_argument('--minutes', type=float, default=25)
    arguments.add_argument('--channels', type=int, nargs=3, default=[32, 48, 64])
    arguments.add_argument('--codes', type=int, default=16384)
    arguments.add_argument('--pixels', type=int, default=49152, help='pixels a step')
    arguments.add_argument('--rate', type=float, default=3e-4, help='1e-3 destroys the pass-through start')
    arguments.add_argument('--noise', type=float, default=0.12)
    arguments.add_argument('--detail', type=float, default=0.8)
    arguments.add_argument('--scaled-on', type=int, default=200, help='pictures that the latents are scaled by')
    arguments.add_argument('--every', type=int, default=50)
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--threads', type=int, default=1)
    arguments.add_argument('--seed', type=int, default=0)
    train(arguments.parse_args())


def train(given):
    device = open_device(given.device, given.threads)
    torch.manual_seed(given.seed)
    log = RunLog(Path(given.out, 'autoencoder-run.json'), 'autoencoder', vars(given))
    pool = PicturePool(given.pictures)
    network = VQModel({'block_out_channels': given.channels, 'num_vq_embeddings': given.codes})
    start_autoencoder(network)
    network.to(device)
    average = Average(network, 0.998)
    optimizer = torch.optim.AdamW(network.parameters(), given.rate, betas=(0.9, 0.99), weight_decay=1e-4)
    batches = in_background(lambda rng: draw_batch(rng, pool, given.pixels), seed=given.seed)
    budget, step, errors, pixels = Budget(given.minutes), 0, [], 0
    while budget.share() < 1:
        rate = set_learning_rate(optimizer, given.rate, step, budget.share(), warm_up=150)
        pictures = next(batches).to(device, non_blocking=True)
        with half_precision(device):
            latents = network.encode(pictures).float()
            # A fifth of the pictures sees no noise.
            strength = (torch.rand(len(pictures), 1, 1, 1, device=device) * 1.25 - 0.25).clamp_min(0) * given.noise
            made = network.decode(latents + strength * torch.randn_like(latents)).float()
        loss = picture_loss(made, pictures, spectrum=0.15) + 0.02 * distance_from_unit(latents)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network)
        step, pixels = step + 1, pixels + pictures.numel() // 3
        errors.append(float((made - pictures).pow(2).mean()))
        if step % given.every == 0:
            psnr = float(10 * np.log10(4 / np.mean(errors)))
            log.line(step=step, minutes=budget.used(), megapixels=pixels / 1e6, rate=rate, psnr=psnr)
            errors = []
            pool.refresh()
    network.load_state_dict(average.weights)
    rng = np.random.default_rng(5)
    pictures = to_tensor(np.stack([pool.draw_crop(rng, min(128, pool.size)) for _ in range(given.scaled_on)])).to(device)
    log.line(step=step, minutes=budget.used(), deviations=scale_latents(network.eval(), pictures, given.detail))
    write_network(given.out, 'vqvae', network)


if __name__ == '__main__':
    main()
