"""A model in diffusers layout: read to go on training, written to be used."""
import json
from pathlib import Path

import torch

from .diffusion import SCHEDULER
from .networks.unet import UNet
from .networks.vq_model import VQModel
from .safetensors_file import read_safetensors, write_safetensors

WEIGHTS = 'diffusion_pytorch_model.safetensors'
INDEX = {
    '_class_name': 'LDMSuperResolutionPipeline',
    '_diffusers_version': '0.31.0',
    'scheduler': ['diffusers', 'DDIMScheduler'],
    'unet': ['diffusers', 'UNet2DModel'],
    'vqvae': ['diffusers', 'VQModel'],
}


def read_network(folder, kind, encoder=False):
    """`kind` is 'unet' or 'vqvae'. An autoencoder without its encoder keeps the encoder's random start, unless `encoder` asks
    for it."""
    config = json.loads(Path(folder, kind, 'config.json').read_text())
    network = {'unet': UNet, 'vqvae': VQModel}[kind](config)
    weights = read_safetensors(Path(folder, kind, WEIGHTS))
    missing, unexpected = network.load_state_dict(weights, strict=False)
    left_out = [name for name in missing if encoder or not name.startswith(('encoder.', 'quant_conv.'))]
    if left_out or unexpected:
        raise ValueError(f'{folder}/{kind} does not fit its config: missing {left_out}, unexpected {unexpected}')
    return network


def write_network(folder, kind, network, dtype=torch.float32, encoder=True):
    """Writes config.json and weights of one network."""
    weights = network.state_dict()
    if not encoder:
        weights = {name: value for name, value in weights.items() if not name.startswith(('encoder.', 'quant_conv.'))}
    write_safetensors(Path(folder, kind, WEIGHTS), weights, dtype)
    write_json(Path(folder, kind, 'config.json'), network.config)


def write_model(folder, unet, vq_model, encoder=False):
    """Writes a whole model in float16. The encoder is not needed for upscaling and left out unless asked for."""
    write_network(folder, 'unet', unet, torch.float16)
    write_network(folder, 'vqvae', vq_model, torch.float16, encoder)
    write_json(Path(folder, 'scheduler', 'scheduler_config.json'), SCHEDULER)
    write_json(Path(folder, 'model_index.json'), INDEX)


def write_json(path, value):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(value, indent=2) + '\n')
