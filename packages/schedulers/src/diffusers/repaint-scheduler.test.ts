import { createTorchGenerator, InvalidArgumentError, type Tensor } from '@latentkit/core'
import { type RecordedTensor, relativeDifference } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import {
  fakeModel,
  type RecordedTrace,
  readRecordings,
  tolerance,
  unstack,
  values,
} from '../recorded-traces-fixture.ts'
import { sample } from '../sampler.ts'
import { schedulerFromConfig } from './scheduler-from-config.ts'

interface RePaintTrace extends RecordedTrace {
  readonly eta: number
  readonly original_image: RecordedTensor
  readonly mask: RecordedTensor
  readonly kinds: readonly ('step' | 'undo')[]
}

const recordings = readRecordings<{ readonly traces: readonly RePaintTrace[] }>('RePaintScheduler')

describe.skipIf(recordings === undefined)('RePaintScheduler', () => {
  for (const trace of recordings?.traces ?? []) test(trace.name, () => agrees(trace))
})

async function agrees(trace: RePaintTrace): Promise<void> {
  const { jump_length: jumpLength, jump_n_sample: jumpCount } = trace.set_timesteps_kwargs
  const request = { steps: trace.steps!, jumpLength: jumpLength!, jumpCount: jumpCount!, eta: trace.eta }
  const plan = schedulerFromConfig(trace.config!).plan(request)
  const generator = createTorchGenerator(BigInt(trace.generator_seed as string))
  const inpainting = { picture: values(trace.original_image), mask: values(trace.mask) }
  // The reference counts the jumps among its steps; ours end the stage before them.
  const calls = trace.kinds.flatMap((kind, i) => (kind === 'step' ? [i] : []))
  const recorded = unstack(trace.prev_sample)
  let done = 0
  const model = (latents: Tensor<'float32'>) =>
    fakeModel(latents, calls[done]!, { ...trace, pattern_offset: 0, model_output: 'formula' })
  const noise = (shape: readonly number[]) => generator.randn(shape)
  for await (const step of sample(plan, { initial: values(trace.initial_sample), model, noise, inpainting })) {
    expect(step.stage.timestep).toBe(trace.timesteps[calls[done]!])
    done += 1
    const last = (calls[done] ?? recorded.length) - 1
    expect(relativeDifference(step.sample.data, recorded[last]!.data)).toBeLessThanOrEqual(tolerance(trace))
  }
  expect(done).toBe(calls.length)
}

test('a picture is needed to keep a part of it', async () => {
  const plan = schedulerFromConfig({ _class_name: 'RePaintScheduler' }).plan({ steps: 2 })
  const noise = (shape: readonly number[]) => createTorchGenerator(0).randn(shape)
  const run = sample(plan, { initial: noise([1, 1, 2, 2]), model: (latents) => latents, noise })
  await expect(run.next()).rejects.toThrow(InvalidArgumentError)
})
