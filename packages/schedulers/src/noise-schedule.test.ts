import { decodeRecordedTensor, type RecordedTensor } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import { schedulerFromConfig } from './diffusers/scheduler-from-config.ts'
import { createNoiseSchedule, type NoiseScheduleOptions } from './noise-schedule.ts'
import { readRecordings } from './recorded-traces-fixture.ts'

interface RecordedBetas {
  readonly cases: readonly {
    readonly scheduler: string
    readonly config_args: Partial<NoiseScheduleOptions>
    readonly betas: RecordedTensor
    readonly alphas_cumprod?: RecordedTensor
  }[]
}

const recorded = readRecordings<RecordedBetas>('_betas')

describe.skipIf(recorded === undefined)('the training schedules that the reference holds', () => {
  for (const { scheduler, config_args, betas, alphas_cumprod } of recorded?.cases ?? []) {
    if (alphas_cumprod === undefined) continue
    test(`${scheduler} ${JSON.stringify(config_args)}`, () => {
      const options = schedulerFromConfig({ _class_name: 'DDIMScheduler', ...config_args }).config
      const floorTerminal = scheduler === 'EulerDiscreteScheduler'
      const schedule = createNoiseSchedule(options as unknown as NoiseScheduleOptions, floorTerminal)
      expect(worstShare(schedule.betas, betas)).toBeLessThan(2e-7)
      expect(worstShare(schedule.alphaBar, alphas_cumprod)).toBeLessThan(1e-6)
    })
  }
})

/** The largest difference of single values as a share of each. */
function worstShare(actual: Float32Array, recordedTensor: RecordedTensor): number {
  const expected = decodeRecordedTensor<'float32'>(recordedTensor).data
  expect(actual).toHaveLength(expected.length)
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!) / (Math.abs(expected[i]!) || 1)))
}

test.each([
  [8, 'F7fROPPcQDsWlr072l4NPKjyOzx3hmo8I42MPArXozw='],
  [
    23,
    'F7fROPOqgzp1Ovo6/GQ4O72sczs+epc7Hx61OwDC0jvgZfA74AQHPNDWFTzBqCQ8sXozPKFMQjySHlE8gvBfPHLCbjxjlH08KjOGPCKcjTwaBZU8Em6cPArXozw=',
  ],
  [
    40,
    'F7fROJ35Hzor3pI6iL/VOnNQDDshwS070DFPO3+icDuWCYk77cGZO0R6qjucMrs78+rLO0qj3DuiW+07+RP+OyhmBzxUwg88fx4YPKt6IDzW1ig8AjMxPC6POTxa60E8hkdKPLKjUjzd/1o8CVxjPDS4azxgFHQ8jHB8PFxmgjxxlIY8h8KKPJ3wjjyzHpM8yUyXPN56mzz0qJ88CtejPA==',
  ],
])('%i linear betas are those of torch.linspace to the bit', (num_train_timesteps, b64) => {
  // torch 1.13: torch.linspace(0.0001, 0.02, n, dtype=torch.float32)
  const options = { num_train_timesteps, beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear' } as const
  const bytes = Uint8Array.from(atob(b64), (letter) => letter.charCodeAt(0))
  expect(createNoiseSchedule(options).betas).toEqual(new Float32Array(bytes.buffer))
})

test('a zero-SNR schedule ends in pure noise, or just before where sigma must be finite', () => {
  const options = { num_train_timesteps: 1000, beta_start: 0.00085, beta_end: 0.012 } as const
  const zero = { ...options, beta_schedule: 'scaled_linear', rescale_betas_zero_snr: true } as const
  expect(createNoiseSchedule(zero).alphaBar[999]).toBe(0)
  expect(createNoiseSchedule(zero, true).sigmas[999]).toBeCloseTo(4096, 3)
})
