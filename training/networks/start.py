"""Where training starts: networks that already do the linear part of their work.

A colour c travels as the channels c, −c, K, −K. Since silu(x) − silu(−x) = x it survives the activations, and the constant
channels keep the scale of each group's normalisation nearly independent of the picture. The rest of the network begins small
and learns what is missing. From an ordinary start most of a short training would go into finding colours at all, and shifts
of colour that depend on the picture would remain.
"""
import numpy as np
import torch

from .blocks import Downsample, ResnetBlock, Upsample

#: Value of the constant channels; colours have a variance of about 1/4.
CONSTANT = 3.0
_COLOUR_VARIANCE = 0.25


def colour_channels(count):
    """How `count` channels carry three colours: the matrix [count, 3] and the constants [count]."""
    carry, constants = torch.zeros(count, 3), torch.zeros(count)
    for colour in range(3):
        carry[4 * colour, colour], carry[4 * colour + 1, colour] = 1, -1
    for pair in [(4 * colour + 2, 4 * colour + 3) for colour in range(3)] + [(i, i + 1) for i in range(12, count, 2)]:
        constants[pair[0]], constants[pair[1]] = CONSTANT, -CONSTANT
    return carry, constants


def group_scales(carry, constants, channels, groups, others=0.6):
    """What a group normalisation divides the first channels by; `others` is the second moment of the rest."""
    moments = torch.full((channels,), others)
    moments[: len(carry)] = constants**2 + carry.abs().sum(1) * _COLOUR_VARIANCE
    return moments.view(groups, -1).mean(1).sqrt().repeat_interleave(channels // groups)[: len(carry)]


def quieten(network):
    """Makes what residual blocks add small."""
    for block in network.modules():
        if isinstance(block, ResnetBlock):
            block.conv2.weight.mul_(0.25)
            block.conv2.bias.zero_()


def pass_on(block, count, offset=0):
    """Lets a residual block hand on `count` channels, from `offset` of its input, nearly unchanged."""
    block.conv2.weight[:count] *= 0.1
    if block.conv_shortcut is not None:
        weight = block.conv_shortcut.weight
        weight[:count] = 0
        weight[:count, offset : offset + count, 0, 0] = torch.eye(count)
        block.conv_shortcut.bias[:count] = 0


@torch.no_grad()
def start_denoiser(unet, latents, small):
    """v starts as minus the linear guess of the latents from the small picture, fitted to some encoded pictures."""
    matrix, offset = fit_latents(latents, small)
    count, first, groups = 16, unet.config['block_out_channels'][0], unet.config['norm_num_groups']
    carry, constants = colour_channels(count)
    quieten(unet)
    unet.conv_in.weight[:count] = 0
    unet.conv_in.weight[:count, 3:, 1, 1] = carry
    unet.conv_in.bias[:count] = constants
    # What conv_in yields comes back as the last part of the last block's input.
    last = unet.up_blocks[-1].resnets[-1]
    pass_on(last, count, last.conv_shortcut.in_channels - first)
    scales = group_scales(carry, constants, first, groups)
    unet.conv_out.weight.mul_(0.1)
    unet.conv_out.weight[:, :count] = 0
    unet.conv_out.weight[:, :count, 1, 1] = -(matrix @ carry.t()) * scales
    unet.conv_out.bias.copy_(-offset)


def fit_latents(latents, small):
    """Least squares: latents ≈ matrix · colour of the small picture + offset."""
    rows = np.concatenate([latents[i].reshape(3, -1) for i in range(min(300, len(latents)))], 1).T
    colours = np.concatenate([small[i].reshape(3, -1) for i in range(min(300, len(small)))], 1).T / 127.5 - 1
    solution = np.linalg.lstsq(np.c_[colours, np.ones(len(colours))], rows.astype(np.float64), rcond=None)[0]
    solution = torch.from_numpy(solution.astype(np.float32))
    return solution[:3].t(), solution[3]


@torch.no_grad()
def start_autoencoder(network):
    """Latents start as whitened mean colours of 4×4 pixels, pictures as their smooth enlargement."""
    count, groups, channels = 12, network.config['norm_num_groups'], network.config['block_out_channels']
    carry, constants = colour_channels(count)
    # Brightness and two differences of colours, scaled to a variance of about 1 on ordinary pictures.
    axes = torch.tensor([[1.0, 1, 1], [1, 0, -1], [1, -2, 1]])
    whiten = axes / axes.norm(dim=1, keepdim=True) / torch.tensor([[0.75], [0.22], [0.12]])
    quieten(network)
    smooth = {Downsample: torch.tensor([0.5, 0.5, 0]), Upsample: torch.tensor([0.25, 0.5, 0.25])}
    for module in network.modules():
        if isinstance(module, ResnetBlock):
            pass_on(module, count)
        if type(module) in smooth:
            kernel = smooth[type(module)]
            module.conv.weight[:count] = 0
            module.conv.bias[:count] = 0
            for i in range(count):
                module.conv.weight[i, i] = kernel[:, None] * kernel
    ways = [
        (network.encoder, torch.eye(3), whiten, channels[-1]),
        (network.decoder, torch.linalg.inv(whiten), torch.eye(3), channels[0]),
    ]
    for half, way_in, way_out, width in ways:
        half.conv_in.weight[:count] = 0
        half.conv_in.weight[:count, :, 1, 1] = carry @ way_in
        half.conv_in.bias[:count] = constants
        half.conv_out.weight.mul_(0.1)
        half.conv_out.bias.zero_()
        half.conv_out.weight[:, :count] = 0
        half.conv_out.weight[:, :count, 1, 1] = (way_out @ carry.t()) * group_scales(carry, constants, width, groups)
    for convolution in (network.quant_conv, network.post_quant_conv):
        convolution.weight[:, :, 0, 0] = torch.eye(3)
        convolution.bias.zero_()
