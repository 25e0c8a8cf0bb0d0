"""What every training script shares: device, time budget, learning rate, averaged weights, and a log that is kept."""
import json
import math
import os
import platform
import threading
import time
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from queue import Queue

import numpy as np
import torch


def open_device(name, threads):
    """'cpu' or 'cuda', set up."""
    torch.set_num_threads(threads)
    if name == 'cuda':
        # Products of matrices stay exact: resizing and the search for codes are made of them.
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    return torch.device(name)


def half_precision(device):
    """bfloat16 where the device is fast at it; older CPUs only emulate it."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == 'cuda' or processor_has_bfloat16())


@lru_cache(maxsize=1)
def processor_has_bfloat16():
    try:
        flags = Path('/proc/cpuinfo').read_text()
    except OSError:
        return False
    return 'avx512_bf16' in flags or 'amx_bf16' in flags


class Budget:
    """A number of minutes, and how much of it is used."""

    def __init__(self, minutes):
        self.start = time.monotonic()
        self.minutes = minutes

    def used(self):
        """Minutes since the start."""
        return (time.monotonic() - self.start) / 60

    def share(self):
        """The share that is used, at most 1."""
        return min(1.0, self.used() / self.minutes)


def set_learning_rate(optimizer, highest, step, share, warm_up=100, last=0.03):
    """Rises over the first steps, then falls along a cosine over the time budget, to `last` of the highest."""
    rate = highest * min(1, (step + 1) / warm_up) * (last + (1 - last) * 0.5 * (1 + math.cos(math.pi * share)))
    for group in optimizer.param_groups:
        group['lr'] = rate
    return rate


class Average:
    """An exponential moving average of a network's weights: calmer than the weights of any one step."""

    def __init__(self, network, decay):
        self.decay, self.steps = decay, 0
        self.weights = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network):
        self.steps += 1
        # Early on only few steps count.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        averages = list(self.weights.values())
        torch._foreach_mul_(averages, decay)
        torch._foreach_add_(averages, list(network.state_dict().values()), alpha=1 - decay)


def in_background(make, depth=4, seed=None):
    """An endless iterator over `make(rng)`, made ahead in a thread; what goes wrong there is raised here."""
    queue, rng = Queue(depth), np.random.default_rng(seed)

    def work():
        try:
            while True:
                queue.put((make(rng), None))
        except Exception as error:
            queue.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    while True:
        made, error = queue.get()
        if error:
            raise error
        yield made


class RunLog:
    """Settings, machine and figures of one run as a JSON file, written anew at every line."""

    def __init__(self, path, name, settings):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.content = {
            'run': name,
            'started': datetime.now(timezone.utc).isoformat(timespec='seconds'),
            'machine': {
                'torch': torch.__version__,
                'python': platform.python_version(),
                'device': torch.cuda.get_device_name() if settings.get('device') == 'cuda' else 'cpu',
                'threads': torch.get_num_threads(),
            },
            'settings': settings,
            'lines': [],
        }

    def line(self, **figures):
        """Adds figures, rounded to what is worth keeping, and prints them."""
        kept = {key: float(f'{value:.4g}') if isinstance(value, float) else value for key, value in figures.items()}
        self.content['lines'].append(kept)
        print(self.content['run'], ' '.join(f'{key}={value}' for key, value in kept.items()), flush=True)
        partial = self.path.with_suffix('.part')
        partial.write_text(to_lines(self.content))
        os.replace(partial, self.path)


def to_lines(content):
    """JSON with each of `lines` on a line of its own."""
    head = json.dumps({**content, 'lines': []}, indent=2)
    lines = ',\n'.join('    ' + json.dumps(line) for line in content['lines'])
    return head.replace('"lines": []', f'"lines": [\n{lines}\n  ]') + '\n'
