"""The forward process, learning and sampling (v, DDIM), with the numbers that the exported scheduler states."""
from functools import lru_cache

import torch

from .run import half_precision

SCHEDULER = {
    '_class_name': 'DDIMScheduler',
    '_diffusers_version': '0.31.0',
    'beta_start': 0.0015,
    'beta_end': 0.0155,
    'beta_schedule': 'scaled_linear',
    'clip_sample': False,
    'num_train_timesteps': 1000,
    'prediction_type': 'v_prediction',
    'set_alpha_to_one': True,
    'steps_offset': 0,
    'timestep_spacing': 'trailing',
    'trained_betas': None,
    'thresholding': False,
    'rescale_betas_zero_snr': False,
    'sample_max_value': 1.0,
    'clip_sample_range': 1.0,
    'dynamic_thresholding_ratio': 0.995,
}
TIMESTEPS = SCHEDULER['num_train_timesteps']


@lru_cache(maxsize=4)
def alphas_cumprod(device='cpu'):
    """The share of signal (squared) left at each timestep, float32 [1000]."""
    low, high = SCHEDULER['beta_start'] ** 0.5, SCHEDULER['beta_end'] ** 0.5
    return torch.cumprod(1 - torch.linspace(low, high, TIMESTEPS, dtype=torch.float32) ** 2, 0).to(device)


def signal_and_noise(timesteps, device):
    """Factors of clean latents and of noise at timesteps [n], each [n, 1, 1, 1]."""
    share = alphas_cumprod(device)[timesteps][:, None, None, None]
    return share.sqrt(), (1 - share).sqrt()


def sampling_timesteps(steps):
    """Trailing spacing, from 999 down: a list of whole numbers."""
    return [round(TIMESTEPS - i * TIMESTEPS / steps) - 1 for i in range(steps)]


def sample_latents(unet, small, steps, eta, generator=None):
    """DDIM from noise to latents [n, 3, h, w] for small pictures [n, 3, h, w] in −1…1.

    Noise comes from `generator`, one of the processor's, or is drawn where the pictures are.
    """
    device = small.device
    shares = alphas_cumprod()
    draw = lambda: torch.randn(small.shape, generator=generator, device='cpu' if generator else device).to(device)
    x = draw()
    for t in sampling_timesteps(steps):
        share = float(shares[t])
        earlier = t - TIMESTEPS // steps
        share_next = float(shares[earlier]) if earlier >= 0 else 1.0
        v = unet(torch.cat([x, small], 1), torch.full((len(x),), t, device=device))
        clean = share**0.5 * x - (1 - share) ** 0.5 * v
        noise = share**0.5 * v + (1 - share) ** 0.5 * x
        spread = eta * ((1 - share_next) / (1 - share) * (1 - share / share_next)) ** 0.5
        x = share_next**0.5 * clean + max(0.0, 1 - share_next - spread**2) ** 0.5 * noise
        if spread > 0:
            x = x + spread * draw()
    return x


def draw_timesteps(count, device):
    """Spread evenly over 0…999 in random order, a tenth of them 999, where every sampling begins."""
    even = (torch.randperm(count, device=device) + torch.rand(count, device=device)) / count
    timesteps = (even * TIMESTEPS).long().clamp(0, TIMESTEPS - 1)
    return torch.where(torch.rand(count, device=device) < 0.1, TIMESTEPS - 1, timesteps)


def prediction_error(unet, clean, small):
    """Mean squared error of v for latents and small pictures, both [n, 3, h, w], at random timesteps and noise."""
    timesteps, noise = draw_timesteps(len(clean), clean.device), torch.randn_like(clean)
    signal, spread = signal_and_noise(timesteps, clean.device)
    with half_precision(clean.device):
        v = unet(torch.cat([signal * clean + spread * noise, small], 1), timesteps).float()
    return (v - (signal * noise - spread * clean)).pow(2).mean()
