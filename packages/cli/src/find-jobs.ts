import { stat } from 'node:fs/promises'
import { basename, extname, join, normalize, parse, resolve } from 'node:path'
import { InvalidArgumentError, type OnProgress, PictureError } from '@latentkit/core'
import { glob, isDynamicPattern } from 'tinyglobby'
import { leaveOutResults } from './leave-out-results.ts'
import { nameResults, type Place } from './name-results.ts'
import { assertFileName } from './output-name.ts'
import { assertPictures, type FolderContents, type LeftOut, readFolder, sortOut, tellLeftOut } from './read-folder.ts'

/** One picture to make from another. `-` is standard input or output. */
export interface Job {
  readonly input: string
  readonly output: string
  readonly seed: bigint
}

/** Where results go and how many there are of each picture. */
export interface JobOptions {
  readonly output?: string | undefined
  /** Format of results that are not named, by its ending without the dot. Default png. */
  readonly format?: string | undefined
  /** What is added to a picture's name: photo.jpg → photo-4x.png. Default 4x. */
  readonly addition?: string | undefined
  /** Default 0. */
  readonly seed?: bigint | undefined
  /** Results of each picture, from seeds one after the other. Default 1. */
  readonly samples?: number | undefined
  /** Results that are there are not made again. Default false. */
  readonly skipExisting?: boolean | undefined
  /** Is told which pictures are left out. */
  readonly onProgress?: OnProgress | undefined
}

/** What a result's name says of its size: `4x`, `2.5x`, or `large` where it is given in pixels. */
export function nameAddition(options: {
  scale?: number
  width?: number
  height?: number
  megapixels?: number
}): string {
  const { scale = 4, width, height, megapixels } = options
  return (width ?? height ?? megapixels) ? 'large' : `${scale}x`
}

/**
 * Finds out which pictures to make. A folder stands for the pictures in it, not for those in folders below, a pattern for
 * those that it matches. The output is a file for one picture, a folder for several or for a folder; without it pictures go
 * beside their originals, those of a folder into `<folder>-4x`. Several results of one picture have their seeds in their names.
 * @throws InvalidArgumentError if the output does not fit the pictures or the format, would replace an original or serves two
 *   pictures; PictureError for a folder or pattern without pictures.
 */
export async function findJobs(inputs: readonly string[], options: JobOptions = {}): Promise<readonly Job[]> {
  const { output, seed = 0n, samples = 1, addition = '4x', format = 'png' } = options
  if (!Number.isInteger(samples) || samples < 1 || samples > 10_000)
    throw new InvalidArgumentError({
      argument: '--samples',
      value: samples,
      expected: 'a whole number from 1 to 10000',
    })
  const outputIsFolder = output !== undefined && (/[\\/]$/.test(output) || (await isFolder(output)))
  const expanded = await Promise.all(inputs.map(expand))
  const given = expanded.flatMap(({ paths }) => paths)
  const places: Place[] = []
  const folders: FolderContents[] = []
  for (const input of given) {
    if (await isFolder(input)) {
      if (output === '-') {
        const expected = 'a folder, since a folder of pictures does not fit into one stream'
        throw new InvalidArgumentError({ argument: '--output', value: output, expected })
      }
      const folder = output ?? `${nameOf(input)}-${addition}`
      const contents = await readFolder(input)
      folders.push(contents)
      // One by one: they may be more than a function takes arguments.
      for (const picture of contents.pictures) places.push({ input: picture, folder })
    } else if (input === '-' || output === '-') {
      if (given.length > 1 || samples > 1) {
        const expected = 'one picture where "-" is used'
        throw new InvalidArgumentError({ argument: 'pictures', value: given.length * samples, expected })
      }
      if (output !== undefined && output !== '-') {
        const expected = 'a file, since what comes through standard input has no name that one in a folder could have'
        if (outputIsFolder) throw new InvalidArgumentError({ argument: '--output', value: output, expected })
        assertFileName(output, options.format)
      }
      places.push({ input, output: output ?? '-' })
    } else if (output !== undefined && given.length === 1 && !outputIsFolder) {
      assertFileName(output, options.format)
      places.push({ input, output })
    } else {
      if (output === undefined && /^\/(dev\/(fd|stdin)|proc)\b/.test(input)) {
        const expected = `a place for the result of ${input}, beside which nothing can be written`
        throw new InvalidArgumentError({ argument: '--output', value: output, expected })
      }
      places.push({ input, folder: output ?? parse(input).dir })
    }
  }
  tellLeftOut([...folders, ...expanded.map(({ leftOut }) => leftOut)], output, options.onProgress)
  assertPictures(folders)
  if (output !== undefined && (places.length > 1 || folders.length > 0) && extname(output) !== '' && !outputIsFolder) {
    const expected = `a folder, since there ${places.length > 1 ? 'are several pictures' : 'is a folder of pictures'}`
    throw new InvalidArgumentError({ argument: '--output', value: output, expected })
  }
  assertNotTooMany(places.length, samples)
  const named = nameResults(places, addition, format)
  const seeds = Array.from({ length: samples }, (_, i) => seed + BigInt(i))
  const path = (output: string, own: bigint) => (samples === 1 ? output : withSeed(output, own))
  const jobs = named.flatMap(({ input, output }) =>
    seeds.map((own) => ({ input, output: path(output, own), seed: own })),
  )
  const otherOutputs = named.flatMap(({ otherOutput }) =>
    otherOutput ? seeds.map((own) => path(otherOutput, own)) : [],
  )
  const left = await leaveOutResults(jobs, { ...options, otherOutputs })
  assertOnePerOutput(left)
  return left
}

/**
 * A folder's path, such that something can be added to its name: also of `.` and `..`.
 * @throws InvalidArgumentError for the root of a disk, which has none.
 */
function nameOf(folder: string): string {
  const path = normalize(folder).replace(/[\\/]+$/, '')
  if (resolve(folder) === parse(resolve(folder)).root)
    throw new InvalidArgumentError({
      argument: '--output',
      value: undefined,
      expected: `a folder for the pictures of ${folder}`,
    })
  return /^\.{1,2}$/.test(basename(path)) ? resolve(path) : path
}

/** photo-4x.png → photo-4x-seed7.png */
function withSeed(path: string, seed: bigint): string {
  const { dir, name, ext } = parse(path)
  return join(dir, `${name}-seed${seed}${ext}`)
}

/** @throws InvalidArgumentError if there would be more results than a list in memory can hold. */
function assertNotTooMany(pictures: number, samples: number): void {
  const most = 1_000_000
  if (pictures * samples <= most) return
  const count = (value: number) => value.toLocaleString('en')
  if (samples === 1)
    throw new InvalidArgumentError({ argument: 'pictures', value: pictures, expected: `${count(most)} at most` })
  const expected = `${count(most)} results in all at most: of ${count(pictures)} pictures there would be ${count(pictures * samples)}`
  throw new InvalidArgumentError({ argument: '--samples', value: samples, expected })
}

interface Expanded {
  readonly paths: readonly string[]
  readonly leftOut: LeftOut
}

/**
 * The files that a pattern matches, sorted; what is there by that very name is no pattern. Pipes, sockets and devices are passed
 * over; only links that lead to some are found, and told as left out.
 */
async function expand(input: string): Promise<Expanded> {
  const itself = { paths: [input], leftOut: {} }
  if (input === '-' || (await stat(input).catch(() => undefined))) return itself
  const onWindows = process.platform === 'win32'
  const path = onWindows ? input.replaceAll('\\', '/') : input
  // Folders that are there are meant by their names, whatever brackets these have.
  let cut = path.lastIndexOf('/') + 1
  while (cut > 1 && !(await isFolder(path.slice(0, cut)))) cut = path.lastIndexOf('/', cut - 2) + 1
  const [folder, pattern] = [path.slice(0, cut), path.slice(cut)]
  if (!isDynamicPattern(pattern)) return itself
  const options = { cwd: folder || '.', expandDirectories: false, caseSensitiveMatch: !onWindows }
  // A name may begin with an exclamation mark, which would leave out what it names.
  const found = await glob(pattern.replace(/^!(?!\()/, '\\!'), options)
  const { pictures: paths, special } = await sortOut(found.sort().map((file) => folder + file))
  if (paths.length > 0) return { paths, leftOut: { special } }
  const problem = special.length > 0 ? 'matches only links to pipes, sockets or devices' : 'matches no file'
  throw new PictureError({ picture: input, problem })
}

/** On Windows and macOS names that differ in capital letters only are one file, on macOS also those that write accents otherwise. */
function fold(path: string): string {
  if (process.platform === 'darwin') return path.normalize('NFC').toLowerCase()
  return process.platform === 'win32' ? path.toLowerCase() : path
}

function assertOnePerOutput(jobs: readonly Job[]): void {
  const seen = new Map<string, string>()
  for (const { input, output } of jobs) {
    const path = fold(resolve(output))
    const other = seen.get(path)
    if (other !== undefined) {
      const expected = `names that differ: both would become ${output}`
      throw new InvalidArgumentError({ argument: 'pictures', value: [other, input], expected })
    }
    seen.set(path, input)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
