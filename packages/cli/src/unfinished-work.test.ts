import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openUnfinishedWork } from './unfinished-work.ts'

test('a finished picture that its place refuses stays where it is, which is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const output = join(folder, 'large.png')
  const work = await openUnfinishedWork(output, 'key')
  const finished = work.finish(async (path) => {
    await writeFile(path, 'finished')
    await mkdir(output)
  })
  const whole = join(folder, '.large.png.latentkit', 'large.png')
  await expect(finished).rejects.toThrow(`It is finished: move it from ${whole}.`)
  await expect(finished).rejects.toThrow(`${output}: cannot be put in its place (`)
  expect(await readFile(whole, 'utf8')).toBe('finished')
  await rm(folder, { recursive: true })
})
