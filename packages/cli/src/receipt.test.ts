import type { Receipt } from '@latentkit/models-ldm'
import { expect, test } from 'vitest'
import { parseReceipt } from './receipt.ts'

const receipt = {
  software: 'latentkit 1',
  runtime: 'none',
  device: 'cpu',
  model: { name: 'ldm-sr-tiny', weights: { a: '00' } },
  picture: { sha256: '00' },
  settings: { steps: 2, seed: '-7' },
} as unknown as Receipt

test('a receipt with all that is needed is taken', () => {
  const model = { ...receipt.model, variant: 'fp16', revision: '00' }
  const picture = { ...receipt.picture, name: 'small.png' }
  for (const whole of [receipt, { ...receipt, model, picture, quality: 80, profile: 'original' }])
    expect(parseReceipt(whole, 'large.png')).toBe(whole)
})

test.each([
  undefined,
  null,
  'text',
  { ...receipt, software: {} },
  { ...receipt, device: { toString: 5 } },
  { ...receipt, model: null },
  { ...receipt, model: { ...receipt.model, weights: null } },
  { ...receipt, model: { ...receipt.model, weights: 'none' } },
  { ...receipt, model: { ...receipt.model, weights: { a: 5 } } },
  { ...receipt, model: { ...receipt.model, variant: '../../other' } },
  { ...receipt, model: { ...receipt.model, variant: ['fp16'] } },
  { ...receipt, model: { ...receipt.model, revision: 5 } },
  { ...receipt, picture: { ...receipt.picture, name: {} } },
  { ...receipt, settings: { ...receipt.settings, seed: 5 } },
  { ...receipt, settings: { ...receipt.settings, seed: ['5'] } },
  { ...receipt, settings: { ...receipt.settings, seed: '9'.repeat(3e6) } },
  { ...receipt, settings: { ...receipt.settings, steps: '2' } },
  { ...receipt, profile: 'wide' },
  { ...receipt, quality: 0 },
])('what is no receipt of ours is refused in one line (%#)', (value) => {
  expect(() => parseReceipt(value, 'large.png')).toThrow(
    'picture is "large.png"; expected a picture that latentkit made, with its receipt.',
  )
})
