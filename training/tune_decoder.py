"""Trains the decoder on latents that the denoiser really samples, through the back-projection that follows it.

python3 -m training.tune_decoder --pictures work/pictures --model work/model --out work/tuned --minutes 15

The encoder, the codebook and the denoiser stay as they are. Writes `--out`/vqvae, the average of the tuned decoder and the one
before: `--keep` is the share of the latter, which is sharper.
"""
import argparse
from pathlib import Path

import numpy as np
import torch

from .diffusion import sample_latents
from .losses import picture_loss
from .model_folder import read_network, write_network
from .networks.vq_model import VQModel
from .pictures.reduction import SCALE, reduce_picture
from .pool import PicturePool, to_tensor, turn_about
from .resizing import back_project
from .run import Average, Budget, RunLog, half_precision, open_device, set_learning_rate

#: Steps and eta that latents are sampled with, in turn: mostly the model's defaults.
SAMPLINGS = [(4, 1.0), (8, 1.0), (4, 1.0), (4, 0.0)]


def draw_pairs(rng, pool, count, side):
    """Crops of pictures [n, 4·side, 4·side, 3] and of the small pictures [n, side, side, 3], reduced before they are cut."""
    larges, smalls = [], []
    for _ in range(count):
        picture = turn_about(rng, pool.draw_picture(rng))
        small = reduce_picture(rng, picture)
        y, x = rng.integers(0, len(small) - side + 1, 2)
        smalls.append(small[y : y + side, x : x + side])
        larges.append(picture[y * SCALE : (y + side) * SCALE, x * SCALE : (x + side) * SCALE])
    return np.stack(larges), np.stack(smalls)


@torch.no_grad()
def sample_pairs(unet, network, pool, budget, settings, device):
    """Pictures, small pictures, sampled and encoded latents (rounded to codes), as many as the time allows."""
    rng, parts = np.random.default_rng(settings.seed), []
    while not parts or (budget.share() < 1 and len(parts) * settings.sampled < settings.most):
        large, small = draw_pairs(rng, pool, settings.sampled, settings.side)
        steps, eta = SAMPLINGS[len(parts) % len(SAMPLINGS)]
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        with half_precision(device):
            sampled = sample_latents(unet, to_tensor(small).to(device), steps, eta, generator)
            encoded = network.encode(to_tensor(large).to(device))
        codes = [network.quantize(latents.float()).cpu() for latents in (sampled, encoded)]
        parts.append((torch.from_numpy(large), torch.from_numpy(small), *codes))
    return [torch.cat(part) for part in zip(*parts)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--pictures', default='work/pictures')
    arguments.add_argument('--model', default='work/model')
    arguments.add_argument('--out', default='work/tuned')
    arguments.add_argument('--sample-minutes', type=float, default=4)
    arguments.add_argument('--minutes', type=float, default=12)
    arguments.add_argument('--sampled', type=int, default=24, help='crops sampled at once')
    arguments.add_argument('--most', type=int, default=20000, help='crops sampled at most')
    arguments.add_argument('--side', type=int, default=32, help='side of a crop in latents')
    arguments.add_argument('--crops', type=int, default=8, help='crops a step')
    arguments.add_argument('--encoded', type=float, default=0.15, help='share of encoded instead of sampled latents')
    arguments.add_argument('--keep', type=float, default=0.4)
    arguments.add_argument('--rate', type=float, default=2e-4)
    arguments.add_argument('--every', type=int, default=25)
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--threads', type=int, default=1)
    arguments.add_argument('--seed', type=int, default=77)
    tune(arguments.parse_args())


def tune(given):
    device = open_device(given.device, given.threads)
    torch.manual_seed(given.seed)
    log = RunLog(Path(given.out, 'decoder-run.json'), 'decoder', vars(given))
    unet = read_network(given.model, 'unet').eval().to(device)
    network = read_network(given.model, 'vqvae').eval().to(device)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    pairs = sample_pairs(unet, network, PicturePool(given.pictures), Budget(given.sample_minutes), given, device)
    log.line(step=0, pairs=len(pairs[0]), distance=float((pairs[2] - pairs[3]).pow(2).mean().sqrt()))
    trained = [*network.decoder.parameters(), *network.post_quant_conv.parameters()]
    optimizer = torch.optim.AdamW(trained, given.rate, betas=(0.9, 0.99), weight_decay=1e-4)
    average = Average(network, 0.99)
    budget, step, losses = Budget(given.minutes), 0, []
    while budget.share() < 1:
        rate = set_learning_rate(optimizer, given.rate, step, budget.share(), warm_up=40)
        large, small, latents = draw_batch(pairs, given)
        with half_precision(device):
            made = network.decode(latents.to(device)).float()
        wanted, projected = to_tensor(large).to(device), back_project(made, to_tensor(small).to(device))
        # Mostly what the user sees; a little of the picture before it, so that its colours hold too.
        loss = 0.8 * picture_loss(projected, wanted) + 0.2 * picture_loss(made, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 0.5)
        optimizer.step()
        average.update(network)
        step += 1
        losses.append(float(loss))
        if step % given.every == 0:
            log.line(step=step, minutes=budget.used(), rate=rate, loss=float(np.mean(losses)))
            losses = []
            save(given, network.config, average.weights, before)
    log.line(step=step, minutes=budget.used())
    save(given, network.config, average.weights, before)


def draw_batch(pairs, given):
    """Random pairs, some with encoded latents in place of sampled ones."""
    large, small, sampled, encoded = pairs
    chosen = torch.randint(0, len(large), (given.crops,))
    real = (torch.rand(given.crops) < given.encoded)[:, None, None, None]
    return large[chosen].numpy(), small[chosen].numpy(), torch.where(real, encoded[chosen], sampled[chosen])


def save(given, config, tuned, before):
    """Writes the fully tuned weights and their average with those before."""
    mixed = {name: given.keep * before[name] + (1 - given.keep) * value for name, value in tuned.items()}
    for folder, weights in ((given.out, mixed), (Path(given.out, 'fully-tuned'), tuned)):
        copy = VQModel(config)
        copy.load_state_dict(weights)
        write_network(folder, 'vqvae', copy)


if __name__ == '__main__':
    main()
