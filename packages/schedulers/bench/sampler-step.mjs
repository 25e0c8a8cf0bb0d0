// What one sampler step costs without the model, on a 1×3×128×128 latent: absolute, and as a ratio to a bare loop
// `a · x + b · y` over the same number of values. Run after a build: node packages/schedulers/bench/sampler-step.mjs
import { float32 } from '@latentkit/core'
import { sample, schedulerFromConfig, seededNoise, startFromNoise } from '@latentkit/schedulers'

const shape = [1, 3, 128, 128]
const steps = 50
const rounds = 20
const noise = seededNoise(0)
const [initial, output] = [noise(shape), noise(shape)]

/** Median of the milliseconds that `run` takes, over some rounds after a warm-up. */
async function median(run) {
  const times = []
  for (let round = -3; round < rounds; round++) {
    const begin = performance.now()
    await run()
    if (round >= 0) times.push(performance.now() - begin)
  }
  return times.sort((a, b) => a - b)[rounds >> 1]
}

const bare = await median(() => {
  const sum = new Float32Array(output.data.length)
  for (let i = 0; i < sum.length; i++) sum[i] = 0.3 * initial.data[i] + 0.7 * output.data[i]
  return float32(shape, sum)
})
process.stdout.write(`bare loop: ${bare.toFixed(3)} ms\n`)

const cases = [
  ['DDIMScheduler', {}],
  ['DDIMScheduler', { thresholding: true, sample_max_value: 10 }],
  ['EulerDiscreteScheduler', {}],
  ['PNDMScheduler', {}],
  ['DPMSolverMultistepScheduler', { solver_order: 3 }],
  ['UniPCMultistepScheduler', { solver_order: 3 }],
]
for (const [name, options] of cases) {
  const plan = schedulerFromConfig({ _class_name: name, ...options }).plan({ steps })
  const start = startFromNoise(plan, initial)
  const run = async () => {
    for await (const _ of sample(plan, { initial: start, model: () => output, noise }));
  }
  const perStep = (await median(run)) / plan.stages.length
  const title = `${name} ${Object.keys(options).join(' ')}`.trim()
  process.stdout.write(`${title}: ${perStep.toFixed(3)} ms a step, ${(perStep / bare).toFixed(1)} bare loops\n`)
}
