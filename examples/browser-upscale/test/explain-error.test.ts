import { DeviceLostError, NoWebgpuError } from '@latentkit/backend-web'
import { BackendError, LatentkitError, MemoryError } from '@latentkit/core'
import { NetworkError } from '@latentkit/hub'
import { expect, test } from 'vitest'
import { explainError } from '../src/explain-error.ts'

const mebibyte = 2 ** 20
const url = 'https://huggingface.co/api/models/a/b/tree/0123?recursive=true'

test.each([
  [
    'memory',
    new MemoryError({
      what: 'A picture of 6000×4000 pixels',
      neededBytes: 5530 * mebibyte,
      availableBytes: 3072 * mebibyte,
      hint: 'Close other programs, or reduce the picture.',
    }),
    /5\.4 GiB of memory; 3\.0 GiB is available\. On the processor, a page cannot use more than that.*Reduce the picture.* “Runs on”/,
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
    /^This browser has no WebGPU\. Choose “Whatever is faster” under “Runs on” in the settings\.$/,
  ],
  [
    'what the library does not advise on',
    new BackendError({ backend: 'onnxruntime-web', problem: 'broke' }),
    /^Broke\.$/,
  ],
  [
    'a lost device',
    new DeviceLostError('onnxruntime-web', ''),
    /reduce the picture or choose the processor under “Runs on” in the settings\.$/,
  ],
  ['words that end a sentence', new Error('Is it there?'), /^Is it there\? Reload the page and try again\.$/],
  [
    'words that do not',
    new TypeError('x is not a function'),
    /^x is not a function\. Reload the page and try again\.$/,
  ],
  [
    'a connection that failed',
    new NetworkError({ url, problem: 'the connection failed: Failed to fetch', hint: 'Is there a connection?' }),
    /^huggingface\.co could not be reached, or the connection broke\. Is there a connection to the network\? Then try again\.$/,
  ],
  [
    'a server in trouble',
    new NetworkError({ url, problem: 'the server keeps answering 503', status: 503 }),
    /^huggingface\.co gave an error \(503\) in place of a file: try again later\.$/,
  ],
  [
    'too much asked',
    new NetworkError({ url, problem: 'the server keeps answering 429', status: 429 }),
    /^huggingface\.co had too many requests: wait a while, then try again\.$/,
  ],
  [
    'a network that asks for a login',
    new NetworkError({ url, problem: 'the answer is not JSON' }),
    /^Something else answered in place of huggingface\.co\. Does the network ask for a login\?$/,
  ],
  [
    'an address, whose letters stay as they are',
    new LatentkitError('not_found', 'https://huggingface.co has no repository "a/b".'),
    /^https:\/\/huggingface\.co has no repository/,
  ],
])('%s is told in words of the page', (_, error, text) => {
  expect(explainError(error).text).toMatch(text)
})
