import { expect, test } from 'vitest'
import { threadHint } from './thread-hint.ts'

test.each([
  ["the runtime's thread cannot be started: EAGAIN", /more threads/],
  [
    'env.cc:251 PosixThread pthread_create failed, error code: 11 error msg: Resource temporarily unavailable',
    /threads/,
  ],
  ["the runtime's thread failed: ENOENT: no such file or directory, uv_cwd", /^The folder .* has been removed/],
  ["the runtime's thread failed: Cannot find module '/app/dist/runtime-worker.js'", /out of the bundle/],
  ["the runtime's thread cannot be started: Invalid URL", /out of the bundle/],
  ["the runtime's thread failed: Cannot find module 'onnxruntime-common'", undefined],
])('%s', (problem, hint) => {
  expect(threadHint(problem)).toEqual(hint && expect.stringMatching(hint))
})
