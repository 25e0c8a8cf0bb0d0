import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePictureFile } from '@latentkit/backend-node'
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

test.each(['before', 'after'])(
  'a picture is not lost where the folder is taken away %s it is written',
  async (moment) => {
    const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
    const output = join(folder, 'large.png')
    const work = await openUnfinishedWork(output, 'key')
    const places: string[] = []
    await work.finish(async (path) => {
      places.push(path)
      const takeAway = () => rm(join(folder, '.large.png.latentkit'), { recursive: true, force: true })
      if (moment === 'before') await takeAway()
      await writeFile(path, 'finished')
      if (moment === 'after') await takeAway()
    })
    expect(places).toEqual([join(folder, '.large.png.latentkit', 'large.png'), output])
    expect([await readdir(folder), await readFile(output, 'utf8')]).toEqual([['large.png'], 'finished'])
    await rm(folder, { recursive: true })
  },
)

test('a run goes on where another one of the same output finished first and took the folder away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const output = join(folder, 'large.png')
  const write = (text: string) => (path: string) => writePictureFile(path, Buffer.from(text))
  const [first, second] = [await openUnfinishedWork(output, 'key'), await openUnfinishedWork(output, 'key')]
  await first.finish(write('first'))
  await second.keep({ stages: 1, tensors: {} }, { tile: 64, mixedTiles: false })
  await second.finish(write('second'))
  expect(await readFile(output, 'utf8')).toBe('second')
  expect(await readdir(folder)).toEqual(['large.png'])

  const third = await openUnfinishedWork(output, 'key')
  let times = 0
  await third.finish(async (path) => {
    await write('third')(path)
    // At the very moment before it is put in its place.
    if (times++ === 0) await rm(join(folder, '.large.png.latentkit'), { recursive: true })
  })
  expect(await readFile(output, 'utf8')).toBe('third')
  expect(await readdir(folder)).toEqual(['large.png'])
  await rm(folder, { recursive: true })
})
