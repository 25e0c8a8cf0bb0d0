"""Blocks that both networks are made of. Attributes are named as diffusers names its parameters."""
import torch
import torch.nn.functional as F
from torch import nn


def activate(norm, x):
    """Normalised in groups, then silu: on a GPU in the precision of x, where autocast would do both in float32, slowly and for
    no gain; on the processor in float32 (there torch 1.13 is wrong in bfloat16, channels last)."""
    with torch.autocast(x.device.type, enabled=False):
        x = x.float() if x.device.type == 'cpu' else x
        return F.silu(F.group_norm(x, norm.num_groups, norm.weight.to(x.dtype), norm.bias.to(x.dtype), norm.eps))


class ResnetBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut; the time embedding, if any, is added between them."""

    def __init__(self, channels_in, channels_out, groups, epsilon, time_channels=None):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels_in, epsilon)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        if time_channels:
            self.time_emb_proj = nn.Linear(time_channels, channels_out)
        self.norm2 = nn.GroupNorm(groups, channels_out, epsilon)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(channels_in, channels_out, 1) if channels_in != channels_out else None

    def forward(self, x, time=None):
        hidden = self.conv1(activate(self.norm1, x))
        if time is not None:
            hidden = hidden + self.time_emb_proj(time)[:, :, None, None]
        hidden = self.conv2(activate(self.norm2, hidden))
        return (self.conv_shortcut(x) if self.conv_shortcut else x) + hidden


class Downsample(nn.Module):
    """Halves both sides. Padding 0 means one column and row at the far edges, as the autoencoder has it."""

    def __init__(self, channels, padding):
        super().__init__()
        self.padding = padding
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=padding)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.padding == 0 else x)


class Upsample(nn.Module):
    """Doubles both sides by repetition, then a convolution."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode='nearest'))


class Level(nn.Module):
    """The blocks of one resolution and the step to the next one."""

    def __init__(self, channels_in, channels_out, groups, epsilon, time_channels=None, down_padding=None, up=False):
        super().__init__()
        self.resnets = nn.ModuleList(
            [ResnetBlock(channels, channels_out, groups, epsilon, time_channels) for channels in channels_in]
        )
        if down_padding is not None:
            self.downsamplers = nn.ModuleList([Downsample(channels_out, down_padding)])
        if up:
            self.upsamplers = nn.ModuleList([Upsample(channels_out)])

    def resample(self, x):
        """The step to the next resolution, if there is one."""
        for step in getattr(self, 'downsamplers', getattr(self, 'upsamplers', [])):
            x = step(x)
        return x


class MidBlock(nn.Module):
    """Two blocks at the lowest resolution, without attention."""

    def __init__(self, channels, groups, epsilon, time_channels=None):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(channels, channels, groups, epsilon, time_channels) for _ in 'ab'])

    def forward(self, x, time=None):
        for block in self.resnets:
            x = block(x, time)
        return x
