// What one sampler step costs without the model, on a 1×3×128×128 latent: absolute, and as a ratio to a bare loop
// `a · x + b · y` over the same number of values. Run after a build: node packages/schedulers/bench/sampler-step.mjs
import { float32 } from '@latentkit/core'
import { sample, schedulerFromConfig, seededNoise, startFromNoise } from '@latentkit/schedulers'

const shape = [1, 3, 128, 128]
const steps = 50
const rounds = 20
const noise = seededNoise(0)
const [initial, output] = [noise(shape), noise(shape)]

/** Least and median of the milliseconds that `run` takes, over some rounds after a warm-up. */
async function measure(run) {
  const times = []
  for (let round = -3; round < rounds; round++) {
    const begin = performance.now()
    await run()
    if (round >= 0) times.push(performance.now() - begin)
  }
  times.sort((a, b) => a - b)
  return { least: times[0], median: times[rounds >> 1] }
}

const bare = await measure(() => {
  const sum = new Float32Array(output.data.length)
  for (let i = 0; i < sum.length; i++) sum[i] = 0.3 * initial.data[i] + 0.7 * output.data[i]
  return float32(shape, sum)
})
process.stdout.write(`bare loop: least ${bare.least.toFixed(3)}, median ${bare.median.toFixed(3)} ms\n`)

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
  const whole = await measure(run)
  const [least, median] = [whole.least, whole.median].map((time) => time / plan.stages.length)
  const title = `${name} ${Object.keys(options).join(' ')}`.trim()
  const ratio = (least / bare.least).toFixed(1)
  process.stdout.write(
    `${title}: least ${least.toFixed(3)}, median ${median.toFixed(3)} ms a step; ${ratio} bare loops\n`,
  )
}
