"""What JPEG does to a picture, for many pictures of different quality at once."""
from functools import lru_cache

import torch
import torch.nn.functional as F

#: Quantisation steps for brightness and for colour at quality 50 (ITU-T T.81, annex K).
_BRIGHTNESS = [
    [16, 11, 10, 16, 24, 40, 51, 61],
    [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77],
    [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101],
    [72, 92, 95, 98, 112, 100, 103, 99],
]
_COLOUR = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
]
#: Rows give brightness and the two differences of colours (JFIF).
_MATRIX = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]


@lru_cache(maxsize=4)
def constants(device):
    """The cosine transform [8, 8], both tables [3, 8, 8], and the colour matrix and its inverse."""
    rows = torch.arange(8.0)
    cosines = torch.cos((2 * rows[None] + 1) * rows[:, None] * torch.pi / 16) / 2
    cosines[0] /= 2**0.5
    colour = torch.full((8, 8), 99.0)
    colour[:4, :4] = torch.tensor(_COLOUR)
    tables = torch.stack([torch.tensor(_BRIGHTNESS).float(), colour, colour])
    matrix = torch.tensor(_MATRIX)
    return tuple(part.to(device) for part in (cosines, tables, matrix, torch.linalg.inv(matrix)))


def compress(pictures, quality, halved):
    """Pictures [n, 3, h, w] of 0…1 as they come back from JPEG of `quality` [n] in 1…100; sides are multiples of 16.

    `halved`, [n] of booleans: whether colours are kept at half the resolution.
    """
    _, tables, matrix, back = constants(pictures.device)
    channels = torch.einsum('ij,njhw->nihw', matrix, pictures * 255)
    scale = torch.where(quality < 50, (5000 / quality).floor(), 200 - 2 * quality)[:, None, None, None]
    steps = ((tables * scale + 50) / 100).floor().clamp(1, 255)
    brightness = quantise(channels[:, :1] - 128, steps[:, :1]) + 128
    coarse = quantise(F.avg_pool2d(channels[:, 1:], 2), steps[:, 1:])
    colours = torch.where(
        halved[:, None, None, None],
        F.interpolate(coarse, scale_factor=2.0, mode='bilinear'),
        quantise(channels[:, 1:], steps[:, 1:]),
    )
    channels = torch.cat([brightness, colours], 1)
    return torch.einsum('ij,njhw->nihw', back, channels).round().clamp(0, 255) / 255


def quantise(channels, steps):
    """Channels [n, c, h, w] whose blocks of 8×8 hold whole multiples of `steps` [n, c, 8, 8] in frequency."""
    n, c, h, w = channels.shape
    cosines, steps = constants(channels.device)[0], steps[:, :, None, :, None, :]
    blocks = channels.reshape(n, c, h // 8, 8, w // 8, 8)
    numbers = torch.einsum('ui,vj,ncyixj->ncyuxv', cosines, cosines, blocks)
    kept = (numbers / steps).round() * steps
    return torch.einsum('ui,vj,ncyuxv->ncyixj', cosines, cosines, kept).reshape(n, c, h, w)
