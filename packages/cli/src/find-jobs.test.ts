import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findJobs } from './find-jobs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  for (const name of ['a', 'photos [2024] (1)', 'photos [2024] (1)/below']) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'one.jpg'), 'picture')
  }
  await writeFile(join(folder, 'a', 'TWO.JPG'), 'picture')
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await rm(folder, { recursive: true })
})

const pictures = async (...inputs: string[]) =>
  (await findJobs(inputs.map((input) => join(folder, input)))).map(({ input }) => input.replace(`${folder}/`, ''))

test('brackets in the names of folders that are there are no pattern', async () => {
  expect(await pictures('photos [2024] (1)/*.jpg')).toEqual(['photos [2024] (1)/one.jpg'])
  expect(await pictures('photos [2024] (1)/**/*.jpg')).toEqual([
    'photos [2024] (1)/below/one.jpg',
    'photos [2024] (1)/one.jpg',
  ])
  expect(await pictures('[ab]/*.{jpg,JPG}')).toEqual(['a/TWO.JPG', 'a/one.jpg'])
  await expect(pictures('photos [2024] (1)/*.webp')).rejects.toThrow(/\*\.webp: matches no file\.$/)
})

test('on Windows, a pattern may have backslashes and meets capital letters', async () => {
  vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }))
  expect(await pictures('a\\*.jpg')).toEqual(['a/TWO.JPG', 'a/one.jpg'])
})

test('results whose names the system takes for one are refused there, and only there', async () => {
  for (const [one, other] of [
    ['Cat.jpg', 'cat.jpg'],
    ['\u00e9.jpg', 'e\u0301.jpg'],
  ] as const) {
    const find = () => findJobs([`a/${one}`, `b/${other}`], { output: 'large/' })
    expect(await find()).toHaveLength(2)
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'darwin' } }))
    await expect(find()).rejects.toThrow(/^pictures is .*; expected names that differ: both would become large/)
    vi.unstubAllGlobals()
  }
})

test('an exclamation mark at the beginning of a name leaves nothing out', async () => {
  await writeFile(join(folder, 'a', '!one.jpg'), 'picture')
  expect(await pictures('a/!o*.jpg')).toEqual(['a/!one.jpg'])
  // Bash’s way to say “all but”.
  expect(await pictures('a/!(one).jpg')).toEqual(['a/!one.jpg'])
})

test('more results than a list can hold are refused before the list is made', async () => {
  await mkdir(join(folder, 'many'))
  for (let i = 0; i < 101; i++) await writeFile(join(folder, `many/${i}.png`), '')
  await expect(findJobs([join(folder, 'many')], { samples: 10_000 })).rejects.toThrow(
    '--samples is 10000; expected 1,000,000 results in all at most: of 101 pictures there would be 1,010,000.',
  )
  expect(await findJobs([join(folder, 'many')], { samples: 3 })).toHaveLength(303)
})

test('the root of a disk gives its name to no folder', async () => {
  await expect(findJobs(['/'])).rejects.toThrow('--output is undefined; expected a folder for the pictures of /.')
})

test('standard input and what a shell makes of <(…) need a file to become', async () => {
  expect(await findJobs(['-'], { output: 'large.png' })).toMatchObject([{ output: 'large.png' }])
  await expect(findJobs(['-'], { output: 'large.bmp' })).rejects.toThrow('.bmp is no picture format')
  await expect(findJobs(['-'], { output: 'large.png', format: 'jpg' })).rejects.toThrow(
    '--format is "jpg"; expected none',
  )
  for (const output of ['large/', folder])
    await expect(findJobs(['-'], { output })).rejects.toThrow(
      'expected a file, since what comes through standard input',
    )
  await expect(findJobs(['/dev/fd/63'])).rejects.toThrow('--output is undefined; expected a place for the result of')
  expect(await findJobs(['/dev/fd/63'], { output: 'large.png' })).toMatchObject([{ output: 'large.png' }])
})
