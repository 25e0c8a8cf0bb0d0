import { expect, test } from 'vitest'
import readme from '../README.md?raw'
import example from './__fixtures__/enlarge.ts?raw'

test('the README shows a program that is checked, word for word', () => {
  expect(readme).toContain(example.trim())
})

test('the README names every option of createWebBackend', () => {
  for (const option of ['device', 'threads', 'wasmFolder', 'createWorker', 'patience']) {
    expect(readme).toContain(`| \`${option}\``)
  }
})
