"""Runs a program and tells the graphics memory it took: sample_memory.py RESULTS NAME SECONDS PROGRAM ARGUMENT …

Ends the program when the seconds are over. Adds a line of JSON to the file of results: what the card held before, the most it
held meanwhile, and the most that the driver names for the program itself, in MiB.
"""
import json
import os
import signal
import subprocess
import sys
import time


def main(results, name, seconds, command):
    card = open_card()
    before = total(card)
    begun = time.monotonic()
    child = subprocess.Popen(command, process_group=0)
    signal.signal(signal.SIGTERM, lambda *_: kill(child))
    most, own, timed_out = before or 0, 0, False
    while child.poll() is None:
        if time.monotonic() - begun > seconds:
            timed_out = True
            kill(child)
        most, own = max(most, total(card) or 0), max(own, used_by(card, child.pid))
        time.sleep(0.03)
    line = {'part': 'run', 'name': name, 'seconds': round(time.monotonic() - begun, 1), 'exit': child.returncode}
    if timed_out:
        line['timedOut'] = True
    if card:
        line.update(beforeMiB=before, mostMiB=most, ownMiB=own or None)
    print(json.dumps(line), flush=True)
    with open(results, 'a') as file:
        file.write(json.dumps(line) + '\n')
    return child.returncode


def kill(child):
    """The program with all that it started."""
    os.killpg(child.pid, signal.SIGKILL)


def open_card():
    """The first card, with the library that asks it; nothing where there is none."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return pynvml, pynvml.nvmlDeviceGetHandleByIndex(0)
    except Exception:  # No library, no driver, no card: nothing to sample.
        return None


def total(card):
    try:
        return card[0].nvmlDeviceGetMemoryInfo(card[1]).used >> 20 if card else None
    except card[0].NVMLError:
        return None


def used_by(card, process):
    if not card:
        return 0
    lists = (card[0].nvmlDeviceGetComputeRunningProcesses, card[0].nvmlDeviceGetGraphicsRunningProcesses)
    try:
        return max((one.usedGpuMemory or 0 for ask in lists for one in ask(card[1]) if one.pid == process), default=0) >> 20
    except card[0].NVMLError:
        return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]) & 0xFF)
