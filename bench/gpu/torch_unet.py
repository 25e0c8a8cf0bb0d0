"""The UNet2DModel of CompVis/ldm-super-resolution-4x-openimages in plain PyTorch, with diffusers' names of parameters."""
import math

import torch
import torch.nn.functional as F
from torch import nn


class ResnetBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut; the time embedding is added between them."""

    def __init__(self, before, width, groups, epsilon, time):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, before, epsilon)
        self.conv1 = nn.Conv2d(before, width, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, width)
        self.norm2 = nn.GroupNorm(groups, width, epsilon)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(before, width, 1) if before != width else nn.Identity()

    def forward(self, x, time):
        hidden = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(time)[:, :, None, None]
        return self.conv_shortcut(x) + self.conv2(F.silu(self.norm2(hidden)))


class Resampler(nn.Module):
    """Halves both sides by a convolution, or doubles them by repetition before one."""

    def __init__(self, channels, down):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2 if down else 1, padding=1)
        self.down = down

    def forward(self, x):
        return self.conv(x if self.down else F.interpolate(x, scale_factor=2.0, mode='nearest'))


class Attention(nn.Module):
    """Self-attention between all pixels, added to its input."""

    def __init__(self, channels, head_dim, groups, epsilon):
        super().__init__()
        self.heads = channels // head_dim
        self.group_norm = nn.GroupNorm(groups, channels, epsilon)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x):
        n, channels, height, width = x.shape
        pixels = self.group_norm(x).view(n, channels, -1).transpose(1, 2)
        query, key, value = (
            project(pixels).view(n, -1, self.heads, channels // self.heads).transpose(1, 2)
            for project in (self.to_q, self.to_k, self.to_v)
        )
        mixed = attend(query, key, value).transpose(1, 2).reshape(n, -1, channels)
        return x + self.to_out[0](mixed).transpose(1, 2).reshape(n, channels, height, width)


def attend(query, key, value):
    """PyTorch 1.13 has no fused attention in public."""
    fused = getattr(F, 'scaled_dot_product_attention', None)
    if fused:
        return fused(query, key, value)
    return torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]), -1) @ value


class Level(nn.Module):
    """The blocks of one resolution, some with attention, and the step to the next one: down, up, or None."""

    def __init__(self, widths, width, config, attention, step=None):
        super().__init__()
        groups, epsilon, time = config['norm_num_groups'], config['norm_eps'], config['block_out_channels'][0] * 4
        self.resnets = nn.ModuleList([ResnetBlock(before, width, groups, epsilon, time) for before in widths])
        head_dim = config['attention_head_dim']
        self.attentions = nn.ModuleList([Attention(width, head_dim, groups, epsilon) for _ in range(attention)])
        if step:
            setattr(self, f'{step}samplers', nn.ModuleList([Resampler(width, step == 'down')]))
        self.step = step

    def layers(self):
        """Each block with the attention after it."""
        return zip(self.resnets, self.attentions or [nn.Identity()] * len(self.resnets))

    def resample(self, x):
        return getattr(self, f'{self.step}samplers')[0](x) if self.step else x


class UNet(nn.Module):
    """Answers samples [n, 6, h, w] at timesteps [n] with [n, 3, h, w]. `config` is diffusers' config.json."""

    def __init__(self, config):
        super().__init__()
        channels, layers = config['block_out_channels'], config['layers_per_block']
        first, last = channels[0], len(channels) - 1
        self.frequencies = first // 2
        self.conv_in = nn.Conv2d(config['in_channels'], first, 3, padding=1)
        self.time_embedding = nn.ModuleDict(
            {'linear_1': nn.Linear(first, first * 4), 'linear_2': nn.Linear(first * 4, first * 4)}
        )
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        before = first
        for i, (width, kind) in enumerate(zip(channels, config['down_block_types'])):
            attention = layers if kind.startswith('Attn') else 0
            widths = [before] + [width] * (layers - 1)
            self.down_blocks.append(Level(widths, width, config, attention, 'down' if i < last else None))
            before = width
        self.mid_block = Level([before, before], before, config, 1)
        for i, (width, kind) in enumerate(zip(reversed(channels), config['up_block_types'])):
            attention = layers + 1 if kind.startswith('Attn') else 0
            kept = channels[max(last - i - 1, 0)]
            widths = [(before if j == 0 else width) + (kept if j == layers else width) for j in range(layers + 1)]
            self.up_blocks.append(Level(widths, width, config, attention, 'up' if i < last else None))
            before = width
        self.conv_norm_out = nn.GroupNorm(config['norm_num_groups'], first, config['norm_eps'])
        self.conv_out = nn.Conv2d(first, config['out_channels'], 3, padding=1)

    def forward(self, x, timesteps):
        time = self.embed(timesteps)
        x = self.conv_in(x)
        kept = [x]
        for level in self.down_blocks:
            for block, attention in level.layers():
                x = attention(block(x, time))
                kept.append(x)
            if level.step:
                x = level.resample(x)
                kept.append(x)
        first, second = self.mid_block.resnets
        x = second(self.mid_block.attentions[0](first(x, time)), time)
        for level in self.up_blocks:
            for block, attention in level.layers():
                x = attention(block(torch.cat([x, kept.pop()], 1), time))
            x = level.resample(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))

    def embed(self, timesteps):
        """Timesteps [n] as vectors, already through the activation that each block begins with."""
        exponents = -math.log(10000) * torch.arange(self.frequencies, dtype=torch.float32, device=timesteps.device)
        angles = timesteps.float()[:, None] * torch.exp(exponents / self.frequencies)
        waves = torch.cat([angles.cos(), angles.sin()], 1).to(self.conv_in.weight.dtype)
        return F.silu(self.time_embedding['linear_2'](F.silu(self.time_embedding['linear_1'](waves))))
