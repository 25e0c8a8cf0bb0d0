import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('results and errors of earlier turns are not kept', async () => {
  const turns = createTurns()
  const given = new WeakRef(await turns(async () => ({ images: [] })))
  const failure = new WeakRef(await turns(() => Promise.reject(new Error('ran out'))).catch((error) => error))
  await turns(async () => undefined)
  await new Promise(setImmediate)
  collectGarbage()
  expect(given.deref()).toBeUndefined()
  expect(failure.deref()).toBeUndefined()
})
