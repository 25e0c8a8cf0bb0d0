"""Trains the denoiser, then denoiser and decoder together through the sampling and the back-projection that users get.

python3 -m training.train_jointly --pictures work/pictures --autoencoder work/model --out work/joint --device cuda

First (`--minutes`) the denoiser learns to predict v on encoded pictures, from `--start` or anew with `--channels`. Then
(`--sampling-minutes`) gradients of the finished picture's error flow back through back-projection, decoder, codes (as if they
were not rounded) and all sampling steps; the denoiser goes on learning v beside it, so that it stays one. The encoder and the
codes stay as they are. Pictures, small pictures and latents are made where the networks are, each time anew.
"""
import argparse
from contextlib import contextmanager
from pathlib import Path

import torch

from .device_pool import DevicePool
from .diffusion import prediction_error, sample_latents
from .losses import picture_loss
from .model_folder import read_network, write_model
from .networks.grow import deepen, deepen_autoencoder
from .networks.start import start_denoiser
from .networks.unet import UNet
from .pairs import draw_pairs
from .resizing import back_project
from .run import Average, Budget, RunLog, half_precision, open_device, set_learning_rate

#: Steps and eta that pictures are sampled with while training, each entry as often as the others.
SAMPLINGS = [(1, 0.0), (2, 1.0), (2, 1.0), (2, 0.0), (3, 1.0), (4, 1.0)]
#: Share of small pictures that were JPEG.
COMPRESSED = 0.25


def make_pictures(unet, network, small, steps, eta):
    """Pictures [n, 3, 4h, 4w] before back-projection; gradients pass the codes as if nothing was rounded."""
    with half_precision(small.device):
        latents = sample_latents(unet, small, steps, eta).float()
    codes = latents + (network.quantize(latents) - latents).detach()
    with half_precision(small.device):
        return network.decode(codes).float()


def finish(made, small, compressed):
    """Back-projection as the defaults have it: eight iterations, one where the small picture was JPEG."""
    clean = len(made) - compressed
    parts = [back_project(made[:clean], small[:clean])]
    if compressed:
        parts.append(back_project(made[clean:], small[clean:], iterations=1))
    return torch.cat(parts)


def denoising_loss(unet, network, large, small):
    """Mean squared error of v on the encoded pictures."""
    with torch.no_grad(), half_precision(large.device):
        latents = network.encode(large).float()
    return prediction_error(unet, latents, small)


def sampling_loss(unet, network, large, small, compressed):
    """Error of finished pictures; a little of the pictures before back-projection, so that their colours hold too."""
    steps, eta = SAMPLINGS[int(torch.randint(len(SAMPLINGS), ()))]
    made = make_pictures(unet, network, small, steps, eta)
    return 0.75 * picture_loss(finish(made, small, compressed), large) + 0.25 * picture_loss(made, large)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--pictures', default='work/pictures')
    arguments.add_argument('--capacity', type=int, default=4000, help='pictures used at most')
    arguments.add_argument('--autoencoder', default='work/model', help='with its encoder and codes')
    arguments.add_argument('--start', help='a model folder whose denoiser to go on from')
    arguments.add_argument('--out', default='work/joint')
    arguments.add_argument('--channels', type=int, nargs=3, default=[48, 64, 96])
    arguments.add_argument('--layers', type=int, default=1, help='blocks a level; more than --start has are added to it')
    arguments.add_argument('--decoder-layers', type=int, default=1, help='the same of the autoencoder; one more on the way out')
    arguments.add_argument('--minutes', type=float, default=20)
    arguments.add_argument('--sampling-minutes', type=float, default=20)
    arguments.add_argument('--side', type=int, default=32, help='side of a crop in latents, a multiple of 16')
    arguments.add_argument('--crops', type=int, default=16, help='crops a step of the first part')
    arguments.add_argument('--sampled', type=int, default=8, help='crops a step of the second part')
    arguments.add_argument('--rate', type=float, default=5e-4)
    arguments.add_argument('--sampling-rate', type=float, default=3e-4)
    arguments.add_argument('--denoising', type=float, default=0.05, help='weight of the error of v in the second part')
    arguments.add_argument('--average', type=float, default=0.998)
    arguments.add_argument('--every', type=int, default=25, help='steps between two lines of the log')
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--threads', type=int, default=1)
    arguments.add_argument('--seed', type=int, default=0)
    train(arguments.parse_args())


def train(given):
    device = open_device(given.device, given.threads)
    torch.manual_seed(given.seed)
    log = RunLog(Path(given.out, 'joint-run.json'), 'joint', vars(given))
    network = deepen_autoencoder(read_network(given.autoencoder, 'vqvae', encoder=True), given.decoder_layers).to(device)
    pool = DevicePool(given.pictures, device, given.capacity, patience=120)
    unet = deepen(read_network(given.start, 'unet'), given.layers) if given.start else create_denoiser(given, pool, network)
    unet.to(device)
    if device.type == 'cpu':
        # Faster there; on a GPU the normalisation has no kernel for it.
        unet.to(memory_format=torch.channels_last)
        network.to(memory_format=torch.channels_last)

    def denoise():
        return denoising_loss(unet, network, *draw_pairs(pool, given.crops, given.side, int(COMPRESSED * given.crops)))

    compressed = int(COMPRESSED * given.sampled)

    def sample():
        large, small = draw_pairs(pool, given.sampled, given.side, compressed)
        loss = sampling_loss(unet, network, large, small, compressed)
        # The last of every four pairs: those kept as JPEG come last, and some must be among them.
        return loss + given.denoising * denoising_loss(unet, network, large[3::4], small[3::4])

    save = lambda: write_model(given.out, unet, network, encoder=True)
    if given.minutes:
        run_part(given, log, pool, denoise, [unet], given.rate, given.minutes, 'denoising', save)
    decoder = [network.decoder, network.post_quant_conv]
    if given.sampling_minutes:
        run_part(given, log, pool, sample, [unet, *decoder], given.sampling_rate, given.sampling_minutes, 'sampling', save)


@torch.no_grad()
def create_denoiser(given, pool, network):
    """A new one that starts with the linear guess of the latents."""
    unet = UNet({'block_out_channels': given.channels, 'layers_per_block': given.layers})
    large, small = draw_pairs(pool, 32, given.side, 0)
    levels = ((small + 1) * 127.5).round().cpu().numpy()
    start_denoiser(unet, network.encode(large).float().cpu().numpy(), levels)
    return unet


def run_part(given, log, pool, loss_of, networks, rate, minutes, name, save):
    """Minimises what `loss_of` draws for some minutes, saving averaged weights now and then; leaves those in the networks."""
    networks = torch.nn.ModuleList(networks)
    trained = list(networks.parameters())
    average = Average(networks, given.average)
    optimizer = torch.optim.AdamW(trained, rate, betas=(0.9, 0.99), weight_decay=1e-3)
    budget, step, losses = Budget(minutes), 0, []
    while budget.share() < 1:
        now = set_learning_rate(optimizer, rate, step, budget.share())
        loss = loss_of()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        average.update(networks)
        step += 1
        losses.append(loss.detach())
        if step % given.every == 0:
            # Reading the losses waits for the device, so it is done here only.
            mean = float(torch.stack(losses).mean())
            log.line(part=name, step=step, minutes=budget.used(), pictures=pool.count, rate=now, loss=mean)
            losses = []
        if step % (10 * given.every) == 0:
            with averaged(networks, average):
                save()
    log.line(part=name, step=step, minutes=budget.used(), pictures=pool.count)
    networks.load_state_dict(average.weights)
    save()


@contextmanager
def averaged(networks, average):
    """Lends the networks their averaged weights."""
    current = {weight: value.clone() for weight, value in networks.state_dict().items()}
    networks.load_state_dict(average.weights)
    yield
    networks.load_state_dict(current)


if __name__ == '__main__':
    main()
