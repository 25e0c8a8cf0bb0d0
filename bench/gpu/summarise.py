"""Prints what run.sh measured as tables in Markdown: summarise.py RESULTS OUTPUTS_FOLDER

Differences are to PyTorch in float32 without TF32, relative to its largest value.
"""
import json
import sys
from pathlib import Path

import numpy as np


def main(results, outputs):
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    runs = {line['name']: line for line in lines if line.get('part') == 'run'}
    print('| latents | runtime | way | step | least–most | first | load | memory | difference |')
    print('|---|---|---|---|---|---|---|---|---|')
    for line in lines:
        if 'part' not in line:
            print('| ' + ' | '.join(step_row(line, runs, outputs)) + ' |')
    print()
    for line in lines:
        if line.get('part') not in (None, 'run'):
            print(f'- {line.pop("part")}: {json.dumps(line)}')
    print('\n| part | seconds | exit | card before | most | own |\n|---|---|---|---|---|---|')
    for name, run in runs.items():
        end = 'timed out' if run.get('timedOut') else run['exit']
        cells = [name, run['seconds'], end, run.get('beforeMiB'), run.get('mostMiB'), run.get('ownMiB')]
        print('| ' + ' | '.join(str(cell) for cell in cells) + ' |')


def step_row(line, runs, outputs):
    side = line['side']
    head = [f'{side}×{side}', line['runtime'], f'{line.get("device", "")} {line["way"]}'.strip()]
    if 'error' in line:
        return [*head, line['error'].replace('|', '/')[:200], '', '', '', '', '']
    least, most = line['spread']
    kind = line['runtime'].split(' ')[0].removeprefix('onnxruntime-')
    run = runs.get(f'{kind} {line.get("device")} {line["way"]} {side}', {})
    memory = line.get('allocatedMiB') or (run.get('ownMiB') or (run.get('mostMiB', 0) - run.get('beforeMiB', 0)))
    return [
        *head,
        f'{line["stepSeconds"] * 1000:.2f} ms',
        f'{least * 1000:.2f}–{most * 1000:.2f}',
        f'{line.get("firstStepSeconds", line.get("readySeconds", 0)):.2f} s',
        f'{line["loadSeconds"]:.2f} s' if 'loadSeconds' in line else '',
        f'{memory} MiB',
        difference(outputs / line['output'], outputs / f'torch float32 {side}.f32'),
    ]


def difference(path, reference):
    try:
        values, expected = (np.fromfile(one, np.float32).astype(np.float64) for one in (path, reference))
        return f'{np.abs(values - expected).max() / np.abs(expected).max():.1e}'
    except (OSError, ValueError):
        return 'not known'


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]))
