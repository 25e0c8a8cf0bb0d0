"""Weights as safetensors: an 8-byte length, a JSON header, the numbers. Debian has no package for it."""
import json
import os
import struct
from pathlib import Path

import numpy as np
import torch

_NAMES = {torch.float32: 'F32', torch.float16: 'F16'}
_TYPES = {'F32': np.float32, 'F16': np.float16}


def write_safetensors(path, tensors, dtype=torch.float16):
    """Writes a state dict, names in order, all in one type."""
    header, blobs, offset = {'__metadata__': {'format': 'pt'}}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().to(dtype).contiguous()
        blob = tensor.numpy().tobytes()
        shape = list(tensor.shape)
        header[name] = {'dtype': _NAMES[dtype], 'shape': shape, 'data_offsets': [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    partial = f'{path}.part'
    with open(partial, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))
    os.replace(partial, path)


def read_safetensors(path):
    """A state dict of float32 tensors."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack('<Q', data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == '__metadata__':
            continue
        start, end = (8 + length + offset for offset in entry['data_offsets'])
        values = np.frombuffer(data[start:end], _TYPES[entry['dtype']]).reshape(entry['shape'])
        tensors[name] = torch.from_numpy(values.astype(np.float32))
    return tensors
