import { DeviceLostError, NoWebgpuError } from '@latentkit/backend-web'
import { BackendError, MemoryError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { explainError } from '../src/explain-error.ts'

const mebibyte = 2 ** 20

test.each([
  [
    'memory',
    new MemoryError({
      what: 'A picture of 6000×4000 pixels',
      neededBytes: 5530 * mebibyte,
      availableBytes: 3072 * mebibyte,
      hint: 'Close other programs, or reduce the picture.',
    }),
    /5\.4 GiB of memory; 3\.0 GiB is available\. A page may use no more than that on the processor.*: reduce the picture.* “Runs on”/,
  ],
  [
    'memory that ran out',
    new BackendError({
      backend: 'onnxruntime-web',
      problem: 'ran out of memory, even in tiles of 64×64 pixels',
      hint: 'Close other programs, or give a smaller picture.',
    }),
    /64×64 pixels\. Close other tabs and programs, or reduce the picture\./,
  ],
  [
    'a device that is not there',
    new NoWebgpuError('onnxruntime-web', 'this browser has no WebGPU'),
    /^This browser has no WebGPU\. Choose “Whatever is faster” at “Runs on” in the settings\.$/,
  ],
  [
    'what the library does not advise on',
    new BackendError({ backend: 'onnxruntime-web', problem: 'broke' }),
    /^Broke\.$/,
  ],
  [
    'a lost device',
    new DeviceLostError('onnxruntime-web', ''),
    /reduce the picture or choose the processor at “Runs on” in the settings\.$/,
  ],
  ['words that end a sentence', new Error('Is it there?'), /^Is it there\? Reload the page and try again\.$/],
  [
    'words that do not',
    new TypeError('x is not a function'),
    /^x is not a function\. Reload the page and try again\.$/,
  ],
])('%s is told in words of the page', (_, error, text) => {
  expect(explainError(error).text).toMatch(text)
})
