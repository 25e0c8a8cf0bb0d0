import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flush } from './flush.ts'

test('a file is flushed where handles cannot do it, as under Plug’n’Play; one that is closed is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const handle = await open(join(folder, 'a'), 'w')
  handle.sync = () => {
    throw new Error('Method not implemented.')
  }
  await flush(handle)
  await handle.close()
  await expect(flush(handle)).rejects.toThrow()
  await rm(folder, { recursive: true })
})
