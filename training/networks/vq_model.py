"""The autoencoder: a VQModel with a factor of 4 and 3 latent channels, without attention."""
import torch
from scipy.spatial import cKDTree
from torch import nn

from .blocks import Level, MidBlock, activate

DEFAULTS = {
    '_class_name': 'VQModel',
    '_diffusers_version': '0.31.0',
    'act_fn': 'silu',
    'block_out_channels': [32, 48, 64],
    'down_block_types': ['DownEncoderBlock2D'] * 3,
    'up_block_types': ['UpDecoderBlock2D'] * 3,
    'in_channels': 3,
    'out_channels': 3,
    'latent_channels': 3,
    'layers_per_block': 1,
    'mid_block_add_attention': False,
    'norm_num_groups': 8,
    'norm_type': 'group',
    'num_vq_embeddings': 16384,
    'sample_size': 128,
    'scaling_factor': 1.0,
    'vq_embed_dim': 3,
    'lookup_from_codebook': False,
    'force_upcast': False,
}
EPSILON = 1e-6


class Encoder(nn.Module):
    """Pictures [n, 3, 4h, 4w] in −1…1 to features [n, 3, h, w]."""

    def __init__(self, config):
        super().__init__()
        channels, layers, groups = config['block_out_channels'], config['layers_per_block'], config['norm_num_groups']
        self.conv_in = nn.Conv2d(config['in_channels'], channels[0], 3, padding=1)
        self.down_blocks = nn.ModuleList()
        before = channels[0]
        for i, width in enumerate(channels):
            wide = [before] + [width] * (layers - 1)
            down = 0 if i < len(channels) - 1 else None
            self.down_blocks.append(Level(wide, width, groups, EPSILON, down_padding=down))
            before = width
        self.mid_block = MidBlock(before, groups, EPSILON)
        self.conv_norm_out = nn.GroupNorm(groups, before, EPSILON)
        self.conv_out = nn.Conv2d(before, config['latent_channels'], 3, padding=1)

    def forward(self, x):
        x = run_levels(self.down_blocks, self.conv_in(x))
        return self.conv_out(activate(self.conv_norm_out, self.mid_block(x)))


class Decoder(nn.Module):
    """Features [n, 3, h, w] to pictures [n, 3, 4h, 4w]."""

    def __init__(self, config):
        super().__init__()
        channels, groups = config['block_out_channels'][::-1], config['norm_num_groups']
        self.conv_in = nn.Conv2d(config['latent_channels'], channels[0], 3, padding=1)
        self.mid_block = MidBlock(channels[0], groups, EPSILON)
        self.up_blocks = nn.ModuleList()
        before = channels[0]
        for i, width in enumerate(channels):
            wide = [before] + [width] * config['layers_per_block']
            self.up_blocks.append(Level(wide, width, groups, EPSILON, up=i < len(channels) - 1))
            before = width
        self.conv_norm_out = nn.GroupNorm(groups, before, EPSILON)
        self.conv_out = nn.Conv2d(before, config['out_channels'], 3, padding=1)

    def forward(self, x):
        x = run_levels(self.up_blocks, self.mid_block(self.conv_in(x)))
        return self.conv_out(activate(self.conv_norm_out, x))


def run_levels(levels, x):
    for level in levels:
        for block in level.resnets:
            x = block(x)
        x = level.resample(x)
    return x


def search_tree(rows, codes):
    """Numbers of the codes nearest to the rows, on the processor."""
    return torch.from_numpy(cKDTree(codes.numpy()).query(rows.numpy())[1])


def search_all(rows, codes, at_once=16384):
    """The same by way of all distances: |row − code|² without its part that is the same for all codes."""
    half_squares = (codes * codes).sum(1) / 2
    return torch.cat([(half_squares - part @ codes.t()).argmin(1) for part in rows.split(at_once)])


class Codebook(nn.Module):
    """The vectors that latents are rounded to."""

    def __init__(self, count, channels):
        super().__init__()
        self.embedding = nn.Embedding(count, channels)

    def forward(self, latents):
        """Each position of [n, c, h, w] replaced by its nearest code; no gradient."""
        codes = self.embedding.weight.detach()
        rows = latents.detach().permute(0, 2, 3, 1).reshape(-1, latents.shape[1]).float()
        nearest = search_tree(rows, codes) if rows.device.type == 'cpu' else search_all(rows, codes)
        n, c, h, w = latents.shape
        return codes[nearest].view(n, h, w, c).permute(0, 3, 1, 2)


class VQModel(nn.Module):
    """`config` is diffusers' config.json; keys left out are those of `DEFAULTS`."""

    def __init__(self, config=None):
        super().__init__()
        self.config = config = {**DEFAULTS, **(config or {})}
        latent, embedded = config['latent_channels'], config['vq_embed_dim']
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.quant_conv = nn.Conv2d(latent, embedded, 1)
        self.quantize = Codebook(config['num_vq_embeddings'], embedded)
        self.post_quant_conv = nn.Conv2d(embedded, latent, 1)

    def encode(self, pictures):
        """Latents [n, 3, h, w], not rounded to codes."""
        return self.quant_conv(self.encoder(pictures))

    def decode(self, latents):
        """Pictures from latents as they are; `decode(quantize(latents))` is what the pipeline does."""
        return self.decoder(self.post_quant_conv(latents))
