"""Runs the stages of a plan one after the other: python3 -m training.run_plan training/plans/smoke.json --work work/smoke

A stage with `"beside": true` runs beside those that follow and is ended with the last of them. Times go to plan-run.json.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def command(stage, work):
    """The command line of a stage; lists become several values, `true` a flag without one."""
    words = [sys.executable, '-m', f'training.{stage["run"]}']
    for option, value in stage.items():
        if option.startswith('--'):
            values = value if isinstance(value, list) else [] if value is True else [value]
            words += [option, *(str(value).replace('{work}', work) for value in values)]
    return words


def run_plan(plan, work):
    """Runs every stage, stops at the first that fails, and returns the minutes that each took."""
    beside, times = [], []
    try:
        for stage in plan['stages']:
            start = time.monotonic()
            print('·', stage['run'], flush=True)
            if stage.get('beside'):
                beside.append(subprocess.Popen(command(stage, work), start_new_session=True))
                continue
            subprocess.run(command(stage, work), check=True)
            times.append({'stage': stage['run'], 'minutes': round((time.monotonic() - start) / 60, 2)})
        for process in beside:
            if process.poll():
                raise subprocess.CalledProcessError(process.returncode, process.args)
    finally:
        for process in beside:
            if process.poll() is None:
                # With the processes that it started.
                os.killpg(process.pid, signal.SIGTERM)
    return times


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('plan')
    arguments.add_argument('--work', default='work')
    given = arguments.parse_args()
    plan = json.loads(Path(given.plan).read_text())
    Path(given.work).mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    try:
        times = run_plan(plan, given.work)
    except subprocess.CalledProcessError as error:
        sys.exit(f'{given.plan}: {" ".join(error.cmd[1:4])} ended with {error.returncode}; what it said is above.')
    minutes = round((time.monotonic() - start) / 60, 2)
    content = {'plan': plan['about'], 'minutes': minutes, 'stages': times}
    Path(given.work, 'plan-run.json').write_text(json.dumps(content, indent=2) + '\n')
    print(f'{minutes} minutes; the model is in {given.work}/export')


if __name__ == '__main__':
    main()
