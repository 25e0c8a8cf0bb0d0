import { ConfigError } from '@latentkit/core'
import type { Scheduler } from '../scheduler.ts'
import * as ddim from './ddim-schedulers.ts'
import type { SchedulerFactory } from './define-scheduler.ts'
import * as distilled from './distilled-schedulers.ts'
import * as dpm from './dpm-solver-schedulers.ts'
import * as edm from './edm-schedulers.ts'
import * as flow from './flow-schedulers.ts'
import * as k from './k-diffusion-schedulers.ts'
import type { SchedulerConfig } from './options.ts'
import * as pndm from './pndm-schedulers.ts'
import { createRePaintScheduler } from './repaint-scheduler.ts'

/** Every class there is, by diffusers' name. Import a single factory to bundle that one alone. */
export const schedulerFactories: Readonly<Record<string, SchedulerFactory>> = {
  DDIMScheduler: ddim.createDDIMScheduler,
  DDIMParallelScheduler: ddim.createDDIMScheduler,
  DDIMInverseScheduler: ddim.createDDIMInverseScheduler,
  DDPMScheduler: ddim.createDDPMScheduler,
  DDPMParallelScheduler: ddim.createDDPMScheduler,
  DEISMultistepScheduler: dpm.createDEISMultistepScheduler,
  DPMSolverMultistepScheduler: dpm.createDPMSolverMultistepScheduler,
  DPMSolverSinglestepScheduler: dpm.createDPMSolverSinglestepScheduler,
  SASolverScheduler: dpm.createSASolverScheduler,
  UniPCMultistepScheduler: dpm.createUniPCMultistepScheduler,
  EulerDiscreteScheduler: k.createEulerDiscreteScheduler,
  EulerAncestralDiscreteScheduler: k.createEulerAncestralDiscreteScheduler,
  HeunDiscreteScheduler: k.createHeunDiscreteScheduler,
  KDPM2DiscreteScheduler: k.createKDPM2DiscreteScheduler,
  KDPM2AncestralDiscreteScheduler: k.createKDPM2AncestralDiscreteScheduler,
  LMSDiscreteScheduler: k.createLMSDiscreteScheduler,
  DPMSolverSDEScheduler: k.createDPMSolverSDEScheduler,
  CMStochasticIterativeScheduler: edm.createCMStochasticIterativeScheduler,
  CosineDPMSolverMultistepScheduler: edm.createCosineDPMSolverMultistepScheduler,
  EDMDPMSolverMultistepScheduler: edm.createEDMDPMSolverMultistepScheduler,
  EDMEulerScheduler: edm.createEDMEulerScheduler,
  FlowMatchEulerDiscreteScheduler: flow.createFlowMatchEulerDiscreteScheduler,
  FlowMatchHeunDiscreteScheduler: flow.createFlowMatchHeunDiscreteScheduler,
  FlowMatchLCMScheduler: flow.createFlowMatchLCMScheduler,
  IPNDMScheduler: pndm.createIPNDMScheduler,
  LCMScheduler: distilled.createLCMScheduler,
  PNDMScheduler: pndm.createPNDMScheduler,
  RePaintScheduler: createRePaintScheduler,
  TCDScheduler: distilled.createTCDScheduler,
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
  if (factory) return factory(config)
  const expected = Object.keys(schedulerFactories).join(', ')
  throw new ConfigError({ source: 'scheduler_config.json', key: '_class_name', value: name, expected })
}
