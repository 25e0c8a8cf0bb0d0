import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { createTorchGenerator, InvalidArgumentError } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { schedulerClasses, shortSchedulerName } from '@latentkit/schedulers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'

/** Classes that cannot serve the model, which answers with velocities on a training schedule, and what they say. */
const refused: Readonly<Record<string, RegExp>> = {
  RePaintScheduler: /^scheduler is "re-paint"; .* It needs a mask, and none can be given here\.$/,
  DDIMInverseScheduler: /^scheduler is "ddim-inverse"; .* It goes from a picture to noise\.$/,
  DPMSolverMultistepInverseScheduler:
    /^scheduler is "dpm-solver-multistep-inverse"; .* It goes from a picture to noise\.$/,
  ...Object.fromEntries(
    [
      ...['IPNDMScheduler', 'CMStochasticIterativeScheduler', 'CosineDPMSolverMultistepScheduler'],
      ...['EDMEulerScheduler', 'EDMDPMSolverMultistepScheduler', 'FlowMatchLCMScheduler'],
      ...['FlowMatchEulerDiscreteScheduler', 'FlowMatchHeunDiscreteScheduler'],
    ].map((name) => [name, new RegExp(`^scheduler is "${shortSchedulerName(name)}"; .* noise levels of its own`)]),
  ),
}

const backend = createNodeBackend()
let pipeline: LDMSuperResolutionPipeline
beforeAll(async () => {
  pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
})
afterAll(async () => {
  await pipeline.dispose()
  await backend.dispose()
})

/** A smooth picture, `[1, 3, 16, 16]`. */
const small = createTorchGenerator(3).randn([1, 3, 16, 16])
for (let i = 0; i < small.data.length; i++) small.data[i] = 0.1 * small.data[i]! + 0.5 * Math.sin(i / 23)

test.each(Object.keys(schedulerClasses))('%s, 4 steps', async (name) => {
  const run = pipeline.upscaleTensor(small, { steps: 4, scheduler: shortSchedulerName(name) })
  if (refused[name]) {
    await expect(run).rejects.toThrow(InvalidArgumentError)
    await expect(run).rejects.toThrow(refused[name])
    return
  }
  const { shape, data } = await run
  expect(shape).toEqual([1, 3, 64, 64])
  expect(data.every(Number.isFinite)).toBe(true)
  // A picture, and the one asked for: means of its 4×4 blocks are near the small one.
  let distance = 0
  for (let i = 0; i < small.data.length; i++) {
    const [plane, y, x] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16]
    let mean = 0
    for (let k = 0; k < 16; k++) mean += data[plane * 4096 + (4 * y + (k >> 2)) * 64 + 4 * x + (k & 3)]! / 16
    distance += Math.abs(mean - small.data[i]!) / small.data.length
  }
  expect(distance).toBeLessThan(0.15)
})
