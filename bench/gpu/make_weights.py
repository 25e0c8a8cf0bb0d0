"""Makes the full-size networks with random weights, and inputs for them: make_weights.py MODEL_FOLDER SIDE …

The folder holds `unet` and `vqvae` with their `config.json` and `parameters.json`, the list of shapes. The numbers are always
the same. Python's own `safetensors` is not needed, so that it runs where only numpy is there.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np


def main(folder, sides):
    rng = np.random.default_rng(0)
    (folder / 'outputs').mkdir(exist_ok=True)
    for side in sides:
        rng.standard_normal((1, 6, side, side), np.float32).tofile(folder / f'sample-{side}.f32')
    for part in ('unet', 'vqvae'):
        tensors = json.loads((folder / part / 'parameters.json').read_text())['tensors']
        write(folder / part / 'diffusion_pytorch_model.safetensors', [(name, shape) for name, shape, _ in tensors], rng)


def write(path, parameters, rng):
    header, offset = {}, 0
    for name, shape in parameters:
        length = 4 * int(np.prod(shape))
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [offset, offset + length]}
        offset += length
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for name, shape in parameters:
            values(name, shape, rng).tofile(file)


def values(name, shape, rng):
    """With which a network stays in range: ones for scales, and a spread that follows the number of inputs."""
    if len(shape) == 1:
        return np.full(shape, 1 if name.endswith('weight') else 0, np.float32)
    spread = np.float32(np.sqrt(3 / np.prod(shape[1:])))
    return (rng.random(shape, np.float32) * 2 - 1) * spread


if __name__ == '__main__':
    main(Path(sys.argv[1]), [int(side) for side in sys.argv[2:]])
