"""Seconds, memory and differences of the full-size UNet in PyTorch: torch_steps.py MODEL_FOLDER RESULTS eager|compiled SIDE …

Adds a line of JSON to the file of results for each measurement as soon as it is there, and puts outputs into the model's folder
`outputs` as float32. A step is one call of the network with its inputs on the card. Without a card it runs on the processor,
as many threads as `OMP_NUM_THREADS` says.
"""
import copy
import json
import mmap
import statistics
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch_unet import UNet

CUDA = torch.cuda.is_available()
DEVICE = torch.device('cuda' if CUDA else 'cpu')
F32, F16, BF16 = torch.float32, torch.float16, torch.bfloat16

#: Name, dtype, memory format, TF32, cuDNN's search for the fastest algorithm, how the network is called.
EAGER = [
    ('float32', F32, torch.contiguous_format, False, False, 'eager'),
    ('float32 TF32', F32, torch.contiguous_format, True, False, 'eager'),
    ('float16', F16, torch.contiguous_format, True, False, 'eager'),
    ('bfloat16', BF16, torch.contiguous_format, True, False, 'eager'),
    ('float32 channels_last', F32, torch.channels_last, False, False, 'eager'),
    ('float16 channels_last', F16, torch.channels_last, True, False, 'eager'),
    ('bfloat16 channels_last', BF16, torch.channels_last, True, False, 'eager'),
    ('float32 cudnn.benchmark', F32, torch.contiguous_format, False, True, 'eager'),
    ('float32 CUDA graph', F32, torch.contiguous_format, False, False, 'graph'),
    ('float16 channels_last CUDA graph', F16, torch.channels_last, True, False, 'graph'),
]
COMPILED = [
    ('float16 channels_last torch.compile', F16, torch.channels_last, True, False, 'compiled'),
    ('float32 torch.compile', F32, torch.contiguous_format, False, False, 'compiled'),
]
#: Of the eager ones, those that differ on a processor.
ON_PROCESSOR = ('float32', 'bfloat16', 'float32 channels_last', 'bfloat16 channels_last')


@torch.no_grad()
def main(folder, results, ways, sides):
    config = json.loads((folder / 'unet/config.json').read_text())
    network = UNet(config).eval()
    network.load_state_dict(read_weights(folder / 'unet/diffusion_pytorch_model.safetensors'))
    if not CUDA:
        ways = [way for way in ways if way[0] in ON_PROCESSOR]
        name = 'the processor'
    else:
        name = torch.cuda.get_device_name()
    report(results, {'part': 'torch', 'device': name, 'cuda': torch.version.cuda, 'cudnn': torch.backends.cudnn.version()})
    # All ways at one size before the next size: the machine's time may end at any moment.
    for side in sides:
        sample = torch.from_numpy(np.fromfile(folder / f'sample-{side}.f32', np.float32).reshape(1, 6, side, side))
        for way in ways:
            try:
                measured = measure(network, sample, folder / 'outputs', *way)
            except Exception as error:  # One way that fails is a result, too.
                measured = {'way': way[0], 'error': f'{type(error).__name__}: {error}'[:500]}
            report(results, {'runtime': f'PyTorch {torch.__version__}', 'side': side, **measured})


def measure(network, sample, outputs, name, dtype, layout, tf32, benchmark, call):
    allow_tf32(tf32)
    torch.backends.cudnn.benchmark = benchmark
    if CUDA:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    network = copy.deepcopy(network).to(DEVICE, dtype).to(memory_format=layout)
    given = sample.to(DEVICE, dtype).to(memory_format=layout)
    timesteps = torch.full((1,), 500.0, device=DEVICE)
    step, output = prepare(network, given, timesteps, call)
    first = time.perf_counter() - start
    for _ in range(3 if CUDA else 0):
        step()
    seconds = time_steps(step)
    side = sample.shape[-1]
    output().float().cpu().contiguous().numpy().tofile(outputs / f'torch {name} {side}.f32')
    memory = {'allocatedMiB': mib(torch.cuda.max_memory_allocated()), 'reservedMiB': mib(torch.cuda.max_memory_reserved())}
    return {
        'way': name,
        'readySeconds': first,
        'stepSeconds': statistics.median(seconds),
        'spread': [min(seconds), max(seconds)],
        'steps': len(seconds),
        **(memory if CUDA else {}),
        'output': f'torch {name} {side}.f32',
    }


def prepare(network, sample, timesteps, call):
    """What does one step, and what tells its result; when this returns, the first step is done."""
    if call == 'compiled':
        network = torch.compile(network)
    kept = [network(sample, timesteps)]
    if call != 'graph':

        def step():
            kept[0] = network(sample, timesteps)

    else:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            network(sample, timesteps)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            kept[0] = network(sample, timesteps)
        step = graph.replay
        step()
    synchronize()
    return step, lambda: kept[0]


def time_steps(step):
    """Of at least five steps; more while they are short."""
    seconds, begun = [], time.perf_counter()
    while len(seconds) < (5 if CUDA else 2) or (time.perf_counter() - begun < 0.4 and len(seconds) < 30):
        synchronize()
        start = time.perf_counter()
        step()
        synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds


def allow_tf32(allowed):
    """By the switches of old; where they are gone, by the new ones."""
    try:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
    except (AttributeError, RuntimeError):
        precision = 'tf32' if allowed else 'ieee'
        torch.backends.cuda.matmul.fp32_precision = torch.backends.cudnn.conv.fp32_precision = precision


def synchronize():
    if CUDA:
        torch.cuda.synchronize()


def read_weights(path):
    """The file's tensors, mapped."""
    with open(path, 'rb') as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    (length,) = struct.unpack('<Q', data[:8])
    return {
        name: torch.from_numpy(
            np.frombuffer(data, np.float32, int(np.prod(entry['shape'])), 8 + length + entry['data_offsets'][0])
        ).reshape(entry['shape'])
        for name, entry in json.loads(data[8 : 8 + length]).items()
    }


def mib(count):
    return round(count / 2**20)


def report(results, line):
    print(json.dumps(line), flush=True)
    with open(results, 'a') as file:
        file.write(json.dumps(line) + '\n')


if __name__ == '__main__':
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        COMPILED if sys.argv[3] == 'compiled' else EAGER,
        [int(side) for side in sys.argv[4:]],
    )
