import { ConfigError } from '@latentkit/core'
import type { Scheduler } from '../scheduler.ts'
import { createCMStochasticIterativeScheduler } from './consistency-models-scheduler.ts'
import { createDDIMInverseScheduler, createDDIMScheduler } from './ddim-schedulers.ts'
import { createDDPMScheduler } from './ddpm-scheduler.ts'
import { createLCMScheduler, createTCDScheduler } from './distilled-schedulers.ts'
import {
  createDEISMultistepScheduler,
  createDPMSolverMultistepScheduler,
  createDPMSolverSinglestepScheduler,
  createSASolverScheduler,
  createUniPCMultistepScheduler,
} from './dpm-solver-schedulers.ts'
import {
  createCosineDPMSolverMultistepScheduler,
  createEDMDPMSolverMultistepScheduler,
  createEDMEulerScheduler,
} from './edm-schedulers.ts'
import {
  createFlowMatchEulerDiscreteScheduler,
  createFlowMatchHeunDiscreteScheduler,
  createFlowMatchLCMScheduler,
} from './flow-match-schedulers.ts'
import { createIPNDMScheduler } from './ipndm-scheduler.ts'
import {
  createDPMSolverSDEScheduler,
  createEulerAncestralDiscreteScheduler,
  createEulerDiscreteScheduler,
  createHeunDiscreteScheduler,
  createKDPM2AncestralDiscreteScheduler,
  createKDPM2DiscreteScheduler,
  createLMSDiscreteScheduler,
} from './k-diffusion-schedulers.ts'
import type { SchedulerConfig } from './options.ts'
import { createPNDMScheduler } from './pndm-scheduler.ts'
import { createRePaintScheduler } from './repaint-scheduler.ts'

/** Makes a scheduler from options under diffusers' names. */
export type SchedulerFactory = (options?: SchedulerConfig) => Scheduler

/** Every class there is, by diffusers' name. Import a single factory to bundle that one alone. */
export const schedulerFactories: Readonly<Record<string, SchedulerFactory>> = {
  DDIMScheduler: createDDIMScheduler,
  DDIMParallelScheduler: createDDIMScheduler,
  DDIMInverseScheduler: createDDIMInverseScheduler,
  DDPMScheduler: createDDPMScheduler,
  DDPMParallelScheduler: createDDPMScheduler,
  DEISMultistepScheduler: createDEISMultistepScheduler,
  DPMSolverMultistepScheduler: createDPMSolverMultistepScheduler,
  DPMSolverSinglestepScheduler: createDPMSolverSinglestepScheduler,
  SASolverScheduler: createSASolverScheduler,
  UniPCMultistepScheduler: createUniPCMultistepScheduler,
  EulerDiscreteScheduler: createEulerDiscreteScheduler,
  EulerAncestralDiscreteScheduler: createEulerAncestralDiscreteScheduler,
  HeunDiscreteScheduler: createHeunDiscreteScheduler,
  KDPM2DiscreteScheduler: createKDPM2DiscreteScheduler,
  KDPM2AncestralDiscreteScheduler: createKDPM2AncestralDiscreteScheduler,
  LMSDiscreteScheduler: createLMSDiscreteScheduler,
  DPMSolverSDEScheduler: createDPMSolverSDEScheduler,
  CMStochasticIterativeScheduler: createCMStochasticIterativeScheduler,
  CosineDPMSolverMultistepScheduler: createCosineDPMSolverMultistepScheduler,
  EDMDPMSolverMultistepScheduler: createEDMDPMSolverMultistepScheduler,
  EDMEulerScheduler: createEDMEulerScheduler,
  FlowMatchEulerDiscreteScheduler: createFlowMatchEulerDiscreteScheduler,
  FlowMatchHeunDiscreteScheduler: createFlowMatchHeunDiscreteScheduler,
  FlowMatchLCMScheduler: createFlowMatchLCMScheduler,
  IPNDMScheduler: createIPNDMScheduler,
  LCMScheduler: createLCMScheduler,
  PNDMScheduler: createPNDMScheduler,
  RePaintScheduler: createRePaintScheduler,
  TCDScheduler: createTCDScheduler,
}

/**
 * Makes the scheduler that a diffusers `scheduler_config.json` names.
 *
 * Another class can be made from the same file by overriding `_class_name`: options that it shares are kept, those the
 * file only recorded as defaults (`_use_default_values`) fall back to the new class's own.
 * @param json the file's content, see `readJson` of `@latentkit/core`.
 * @throws ConfigError if the class is not known or an option is wrong.
 */
export function schedulerFromConfig(
  json: Readonly<Record<string, unknown>>,
  overrides: SchedulerConfig = {},
): Scheduler {
  const unchosen = Array.isArray(json._use_default_values) ? json._use_default_values : []
  const _use_default_values = unchosen.filter((key) => !(key in overrides))
  const config: SchedulerConfig = { ...json, ...overrides, _use_default_values }
  const name = config._class_name
  const factory =
    typeof name === 'string' && Object.hasOwn(schedulerFactories, name) ? schedulerFactories[name] : undefined
  if (factory === undefined) {
    const expected = Object.keys(schedulerFactories).join(', ')
    throw new ConfigError({ source: 'scheduler_config.json', key: '_class_name', value: name, expected })
  }
  return factory(config)
}
