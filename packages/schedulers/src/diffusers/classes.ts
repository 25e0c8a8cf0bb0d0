import type { SchedulerClass } from './create-scheduler.ts'
import * as ddim from './ddim-schedulers.ts'
import * as distilled from './distilled-schedulers.ts'
import * as dpm from './dpm-solver-schedulers.ts'
import * as edm from './edm-schedulers.ts'
import * as flow from './flow-schedulers.ts'
import * as k from './k-diffusion-schedulers.ts'
import * as pndm from './pndm-schedulers.ts'

/** Every class there is, by diffusers' name. Import a single one to bundle that one alone. */
export const schedulerClasses: Readonly<Record<string, SchedulerClass>> = {
  DDIMScheduler: ddim.DDIMScheduler,
  DDIMParallelScheduler: ddim.DDIMScheduler,
  DDIMInverseScheduler: ddim.DDIMInverseScheduler,
  DDPMScheduler: ddim.DDPMScheduler,
  DDPMParallelScheduler: ddim.DDPMScheduler,
  LCMScheduler: distilled.LCMScheduler,
  TCDScheduler: distilled.TCDScheduler,
  DPMSolverMultistepScheduler: dpm.DPMSolverMultistepScheduler,
  DPMSolverMultistepInverseScheduler: dpm.DPMSolverMultistepInverseScheduler,
  DPMSolverSinglestepScheduler: dpm.DPMSolverSinglestepScheduler,
  DEISMultistepScheduler: dpm.DEISMultistepScheduler,
  UniPCMultistepScheduler: dpm.UniPCMultistepScheduler,
  SASolverScheduler: dpm.SASolverScheduler,
  EDMEulerScheduler: edm.EDMEulerScheduler,
  EDMDPMSolverMultistepScheduler: edm.EDMDPMSolverMultistepScheduler,
  CosineDPMSolverMultistepScheduler: edm.CosineDPMSolverMultistepScheduler,
  CMStochasticIterativeScheduler: edm.CMStochasticIterativeScheduler,
  FlowMatchEulerDiscreteScheduler: flow.FlowMatchEulerDiscreteScheduler,
  FlowMatchLCMScheduler: flow.FlowMatchLCMScheduler,
  FlowMatchHeunDiscreteScheduler: flow.FlowMatchHeunDiscreteScheduler,
  EulerDiscreteScheduler: k.EulerDiscreteScheduler,
  EulerAncestralDiscreteScheduler: k.EulerAncestralDiscreteScheduler,
  LMSDiscreteScheduler: k.LMSDiscreteScheduler,
  HeunDiscreteScheduler: k.HeunDiscreteScheduler,
  KDPM2DiscreteScheduler: k.KDPM2DiscreteScheduler,
  KDPM2AncestralDiscreteScheduler: k.KDPM2AncestralDiscreteScheduler,
  DPMSolverSDEScheduler: k.DPMSolverSDEScheduler,
  PNDMScheduler: pndm.PNDMScheduler,
  IPNDMScheduler: pndm.IPNDMScheduler,
  RePaintScheduler: ddim.RePaintScheduler,
}
