"""The denoiser: a UNet2DModel of convolutions only."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .blocks import Level, MidBlock, activate

DEFAULTS = {
    '_class_name': 'UNet2DModel',
    '_diffusers_version': '0.31.0',
    'act_fn': 'silu',
    'add_attention': False,
    'attention_head_dim': 8,
    'block_out_channels': [48, 64, 96],
    'center_input_sample': False,
    'down_block_types': ['DownBlock2D'] * 3,
    'up_block_types': ['UpBlock2D'] * 3,
    'downsample_padding': 1,
    'downsample_type': 'conv',
    'upsample_type': 'conv',
    'dropout': 0.0,
    'flip_sin_to_cos': True,
    'freq_shift': 0,
    'in_channels': 6,
    'out_channels': 3,
    'layers_per_block': 1,
    'mid_block_scale_factor': 1,
    'norm_eps': 1e-5,
    'norm_num_groups': 8,
    'resnet_time_scale_shift': 'default',
    'sample_size': 32,
    'time_embedding_type': 'positional',
    'attn_norm_num_groups': None,
    'class_embed_type': None,
    'num_class_embeds': None,
    'num_train_timesteps': None,
}


class UNet(nn.Module):
    """Predicts v from noisy latents and the small picture, together [n, 6, h, w], at timesteps [n] of 0…999.

    `config` is diffusers' config.json; keys left out are those of `DEFAULTS`. Sides are multiples of 4.
    """

    def __init__(self, config=None):
        super().__init__()
        self.config = config = {**DEFAULTS, **(config or {})}
        channels, layers = config['block_out_channels'], config['layers_per_block']
        first, time = channels[0], channels[0] * 4
        shared = {'groups': config['norm_num_groups'], 'epsilon': config['norm_eps'], 'time_channels': time}
        last = len(channels) - 1

        self.conv_in = nn.Conv2d(config['in_channels'], first, 3, padding=1)
        self.time_embedding = nn.ModuleDict({'linear_1': nn.Linear(first, time), 'linear_2': nn.Linear(time, time)})
        self.down_blocks = nn.ModuleList()
        before = first
        for i, width in enumerate(channels):
            wide = [before] + [width] * (layers - 1)
            self.down_blocks.append(Level(wide, width, **shared, down_padding=1 if i < last else None))
            before = width
        self.mid_block = MidBlock(channels[-1], **shared)
        self.up_blocks = nn.ModuleList()
        for i, width in enumerate(reversed(channels)):
            kept = channels[max(last - i - 1, 0)]
            wide = [(before if j == 0 else width) + (kept if j == layers else width) for j in range(layers + 1)]
            self.up_blocks.append(Level(wide, width, **shared, up=i < last))
            before = width
        self.conv_norm_out = nn.GroupNorm(config['norm_num_groups'], first, config['norm_eps'])
        self.conv_out = nn.Conv2d(first, config['out_channels'], 3, padding=1)

    def forward(self, x, timesteps):
        time = self.embed(timesteps)
        x = self.conv_in(x)
        kept = [x]
        for level in self.down_blocks:
            for block in level.resnets:
                x = block(x, time)
                kept.append(x)
            if hasattr(level, 'downsamplers'):
                x = level.resample(x)
                kept.append(x)
        x = self.mid_block(x, time)
        for level in self.up_blocks:
            for block in level.resnets:
                x = block(torch.cat([x, kept.pop()], 1), time)
            x = level.resample(x)
        return self.conv_out(activate(self.conv_norm_out, x))

    def embed(self, timesteps):
        """Timesteps [n] as vectors, already through the activation that each block begins with."""
        half = self.config['block_out_channels'][0] // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=timesteps.device) / half)
        angles = timesteps.float()[:, None] * frequencies
        waves = torch.cat([angles.cos(), angles.sin()], 1)
        hidden = F.silu(self.time_embedding['linear_1'](waves))
        return F.silu(self.time_embedding['linear_2'](hidden))
