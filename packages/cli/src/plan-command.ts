import { openModel } from '@latentkit/backend-node'
import { LatentkitError, type ModelFiles, readJson } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { readModelDefaults } from '@latentkit/models-ldm'
import { formatPlan, namedScheduler, schedulerFromConfig } from '@latentkit/schedulers'
import type { Command } from 'commander'
import { number, words } from './option-parsers.ts'
import { printJSON, printLines } from './print.ts'

interface Options {
  readonly scheduler?: string
  readonly steps?: number
  readonly eta?: number
  readonly model?: string
  readonly json?: boolean
}

/** `latentkit plan`. */
export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description('Prints what a scheduler will do, as numbers: one line for each time the model is asked.')
    .option(
      '--scheduler <name>',
      'another class for the same training schedule, such as ddim (default: the model’s own)',
    )
    .option('-n, --steps <n>', 'denoising steps (default: as the model says)', number('--steps'))
    .option(
      '--eta <0…1>',
      'share of fresh noise at each step, for schedulers that know it (default: as the model says)',
      number('--eta'),
    )
    .option(
      '-m, --model <folder or name>',
      'model whose scheduler and defaults to take (default: the small model)',
      words('--model', 'a folder or a repository’s name'),
    )
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      `
A sample stands at alpha · picture + sigma · noise. The model sees it times "input ×". The next sample is a sum of
  x…  a sample, by line      d  the model's estimate of the clean picture
  m…  what a line remembered  o  the model's output         ε  fresh noise, or that of a line

Example:
  latentkit plan --scheduler euler-ancestral --steps 4`,
    )
    .action(plan)
}

async function plan(options: Options): Promise<void> {
  const files = await openScheduler(options.model)
  const config = await readJson(files, 'scheduler/scheduler_config.json')
  const scheduler =
    options.scheduler !== undefined ? namedScheduler(options.scheduler, config) : schedulerFromConfig(config)
  // What the pipeline takes, too: the plan is that of `latentkit upscale` with the same options.
  const defaults = await readModelDefaults(files)
  const { steps = defaults.steps, eta = defaults.eta } = options
  const made = scheduler.plan({ steps, eta })
  if (options.json) printJSON(made)
  else printLines(formatPlan(made).split('\n'))
}

/** Of a model on the hub, what is kept; or else the scheduler is fetched. */
async function openScheduler(name: string | undefined): Promise<ModelFiles> {
  if (name === undefined) return openModel(modelFiles)
  const components = ['scheduler']
  try {
    // A new commit of which there is a scheduler only must not take the place of one that is complete.
    return await openModel(name, { components, offline: true })
  } catch (error) {
    if (LatentkitError.isInstance(error, 'offline')) return openModel(name, { components })
    throw error
  }
}
