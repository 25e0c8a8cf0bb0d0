"""Trains the denoiser on encoded pictures.

python3 -m training.train_denoiser --latents work/latents --start packages/ldm-sr-tiny/model --out work/model --minutes 40

Goes on from the denoiser in `--start`, or begins anew with `--channels`. Writes `--out`/unet with the averaged weights.
"""
import argparse
from pathlib import Path

import numpy as np
import torch

from .diffusion import TIMESTEPS, signal_and_noise
from .model_folder import read_network, write_network
from .networks.start import start_denoiser
from .networks.unet import UNet
from .run import Average, Budget, RunLog, half_precision, in_background, open_device, set_learning_rate

#: Sides of the crops in latents; work per step is the same for each.
SIDES = [24, 32, 32, 32, 32, 48, 64]


def load_latents(folder):
    """All encoded pictures: latents float16 and small pictures uint8, both [n, 3, s, s]."""
    files = sorted(Path(folder).glob('block-*.npz'))
    if not files:
        raise FileNotFoundError(f'{folder} holds no encoded pictures; run training.encode_pictures first.')
    parts = [np.load(file) for file in files]
    return tuple(np.concatenate([part[key] for part in parts]) for key in ('latents', 'small'))


def draw_batch(rng, latents, small, crops):
    """Crops of latents and of the small pictures they belong to: float32 tensors."""
    side = min(SIDES[rng.integers(len(SIDES))], latents.shape[-1])
    count = max(2, round(crops * 32 * 32 / side**2))
    parts = []
    for _ in range(count):
        i, (y, x) = rng.integers(len(latents)), rng.integers(0, latents.shape[-1] - side + 1, 2)
        window = (i, slice(None), slice(y, y + side), slice(x, x + side))
        parts.append((latents[window], small[window]))
    clean, condition = (np.stack(part) for part in zip(*parts))
    return torch.from_numpy(clean.astype(np.float32)), torch.from_numpy(condition).float() / 127.5 - 1


def draw_timesteps(count, device):
    """Spread evenly over 0…999, a tenth of them 999, where every sampling begins."""
    even = (torch.arange(count, device=device) + torch.rand(count, device=device)) / count
    timesteps = (even * TIMESTEPS).long().clamp(0, TIMESTEPS - 1)
    return torch.where(torch.rand(count, device=device) < 0.1, TIMESTEPS - 1, timesteps)


def prediction_errors(unet, clean, condition, timesteps, noise):
    """Mean squared errors of v and of the clean latents that follow from it, each [n]."""
    signal, spread = signal_and_noise(timesteps, clean.device)
    noisy = signal * clean + spread * noise
    with half_precision(clean.device):
        v = unet(torch.cat([noisy, condition], 1), timesteps).float()
    error = (v - (signal * noise - spread * clean)) ** 2
    return error.mean((1, 2, 3)), (spread**2 * error).mean((1, 2, 3))


@torch.no_grad()
def validate(network, weights, latents, small, device, at=(100, 300, 500, 700, 999)):
    """Errors of the clean latents at some timesteps, on pictures kept aside, always with the same noise."""
    copy = UNet(network.config).to(device).eval()
    copy.load_state_dict(weights)
    side = min(32, latents.shape[-1])
    clean = torch.from_numpy(latents[..., :side, :side].astype(np.float32)).to(device)
    condition = torch.from_numpy(small[..., :side, :side]).to(device).float() / 127.5 - 1
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)).to(device)
    errors = {}
    for t in at:
        timesteps = torch.full((len(clean),), t, device=device)
        errors[f'error_at_{t}'] = float(prediction_errors(copy, clean, condition, timesteps, noise)[1].mean())
    return errors


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--latents', default='work/latents')
    arguments.add_argument('--start', help='a model folder to go on from')
    arguments.add_argument('--out', default='work/model')
    arguments.add_argument('--minutes', type=float, default=40)
    arguments.add_argument('--channels', type=int, nargs=3, default=[48, 64, 96])
    arguments.add_argument('--layers', type=int, default=1)
    arguments.add_argument('--crops', type=int, default=12, help='crops of 32×32 latents a step')
    arguments.add_argument('--rate', type=float, default=5e-4)
    arguments.add_argument('--average', type=float, default=0.998)
    arguments.add_argument('--kept-aside', type=int, default=48)
    arguments.add_argument('--every', type=int, default=100, help='steps between two lines of the log')
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--threads', type=int, default=1)
    arguments.add_argument('--seed', type=int, default=0)
    given = arguments.parse_args()
    train(given)


def train(given):
    device = open_device(given.device, given.threads)
    torch.manual_seed(given.seed)
    log = RunLog(Path(given.out, 'denoiser-run.json'), 'denoiser', vars(given))
    latents, small = load_latents(given.latents)
    aside = min(given.kept_aside, len(latents) // 4)
    kept, (latents, small) = (latents[:aside], small[:aside]), (latents[aside:], small[aside:])
    if given.start:
        unet = read_network(given.start, 'unet')
    else:
        unet = UNet({'block_out_channels': given.channels, 'layers_per_block': given.layers})
        start_denoiser(unet, latents, small)
    unet.to(device)
    average = Average(unet, given.average)
    log.line(step=0, pictures=len(latents), **validate(unet, average.weights, *kept, device))
    optimizer = torch.optim.AdamW(unet.parameters(), given.rate, betas=(0.9, 0.99), weight_decay=1e-3)
    batches = in_background(lambda rng: draw_batch(rng, latents, small, given.crops), seed=given.seed)
    budget, step, losses, crops = Budget(given.minutes), 0, [], 0.0
    while budget.share() < 1:
        rate = set_learning_rate(optimizer, given.rate, step, budget.share())
        clean, condition = (part.to(device, non_blocking=True) for part in next(batches))
        timesteps = draw_timesteps(len(clean), device)
        loss = prediction_errors(unet, clean, condition, timesteps, torch.randn_like(clean))[0].mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        average.update(unet)
        step, crops = step + 1, crops + len(clean) * clean.shape[-1] ** 2 / 1024
        losses.append(float(loss))
        if step % given.every == 0:
            errors = validate(unet, average.weights, *kept, device) if step % (5 * given.every) == 0 else {}
            log.line(step=step, minutes=budget.used(), crops=crops, rate=rate, loss=float(np.mean(losses)), **errors)
            losses = []
            save(given.out, unet, average)
    log.line(step=step, minutes=budget.used(), crops=crops, **validate(unet, average.weights, *kept, device))
    save(given.out, unet, average)


def save(folder, unet, average):
    """Writes the averaged weights."""
    copy = UNet(unet.config)
    copy.load_state_dict(average.weights)
    write_network(folder, 'unet', copy)


if __name__ == '__main__':
    main()
