"""Deeper networks that begin as trained ones: further blocks that change nothing yet, so that no training is lost."""
import torch

from .blocks import ResnetBlock
from .unet import UNet
from .vq_model import VQModel


@torch.no_grad()
def deepen(unet, layers):
    """A UNet with `layers` blocks a level, or as many as it has if that is more, that answers what `unet` answers.

    On the way down the further blocks follow the old ones, so that what they keep for the way up is the same again. On the way
    up the first old block comes first, the further ones next, and the other old ones last, each with what it had.
    """
    before = unet.config['layers_per_block']
    layers = max(layers, before)
    more = layers - before
    deep = UNet({**unet.config, 'layers_per_block': layers})
    weights = {name: value for name, value in unet.state_dict().items() if '_blocks.' not in name or 'resnets' not in name}
    for kind in ('down_blocks', 'up_blocks'):
        for i, level in enumerate(getattr(unet, kind)):
            for old, block in enumerate(level.resnets):
                new = old + more if kind == 'up_blocks' and old > 0 else old
                weights.update((f'{kind}.{i}.resnets.{new}.{name}', value) for name, value in block.state_dict().items())
    return with_weights(deep, weights)


@torch.no_grad()
def deepen_autoencoder(network, layers):
    """A VQModel with `layers` blocks a level on the way in and one more on the way out, or as many as it has if that is more,
    that answers what `network` answers: the further blocks follow the old ones."""
    layers = max(layers, network.config['layers_per_block'])
    return with_weights(VQModel({**network.config, 'layers_per_block': layers}), network.state_dict())


def with_weights(deep, weights):
    """The network with the weights that there are; its blocks without any pass on what they get."""
    for name, block in deep.named_modules():
        if isinstance(block, ResnetBlock) and f'{name}.conv1.weight' not in weights:
            pass_through(block)
    missing, unexpected = deep.load_state_dict({**deep.state_dict(), **weights})
    assert not missing and not unexpected
    return deep


def pass_through(block):
    """Makes a block hand on the first of its channels as they are."""
    block.conv2.weight.zero_()
    block.conv2.bias.zero_()
    if block.conv_shortcut is not None:
        count = block.conv_shortcut.out_channels
        block.conv_shortcut.weight.zero_()
        block.conv_shortcut.weight[:, :count, 0, 0] = torch.eye(count)
        block.conv_shortcut.bias.zero_()
