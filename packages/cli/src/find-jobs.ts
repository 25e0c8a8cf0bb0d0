import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, extname, join, parse } from 'node:path'
import { InvalidArgumentError, PictureError } from '@latentkit/core'

/** One picture to make from another. `-` is standard input or output. */
export interface Job {
  readonly input: string
  readonly output: string
}

const pictureEndings = ['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff', '.gif']

/**
 * Finds out which pictures to make. A folder stands for the pictures in it. The output is a file for one picture, a folder
 * for several or for a folder; without it pictures go beside their originals, those of a folder into `<folder>-4x`.
 * @throws InvalidArgumentError if the output does not fit, would replace an original or serves two pictures;
 *   PictureError for a folder without pictures.
 */
export async function findJobs(inputs: readonly string[], output: string | undefined): Promise<readonly Job[]> {
  const jobs: Job[] = []
  for (const input of inputs) {
    if (await isFolder(input)) {
      const folder = output ?? `${input.replace(/[\\/]+$/, '')}-4x`
      const pictures = await picturesIn(input)
      jobs.push(...pictures.map((name) => ({ input: join(input, name), output: join(folder, enlargedName(name)) })))
    } else if (input === '-' || output === '-') {
      if (inputs.length > 1)
        throw new InvalidArgumentError({
          argument: 'pictures',
          value: inputs,
          expected: 'one picture where "-" is used',
        })
      jobs.push({ input, output: output ?? '-' })
    } else if (output !== undefined && inputs.length === 1 && !(await isFolder(output)) && !/[\\/]$/.test(output)) {
      jobs.push({ input, output })
    } else {
      jobs.push({ input, output: join(output ?? parse(input).dir, enlargedName(basename(input))) })
    }
  }
  if (output !== undefined && jobs.length > 1 && extname(output) !== '' && !(await isFolder(output))) {
    throw new InvalidArgumentError({
      argument: '--output',
      value: output,
      expected: 'a folder, since there are several pictures',
    })
  }
  assertOnePerOutput(jobs)
  for (const job of jobs) await assertOriginalStays(job)
  return jobs
}

/** photo.jpg → photo-4x.png */
function enlargedName(name: string): string {
  return `${parse(name).name}-4x.png`
}

async function picturesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
  const pictures = names.filter((name) => pictureEndings.includes(extname(name).toLowerCase())).sort()
  if (pictures.length === 0) {
    throw new PictureError({
      picture: folder,
      problem: 'holds no pictures',
      hint: `Looked for ${pictureEndings.join(', ')}.`,
    })
  }
  return pictures
}

function assertOnePerOutput(jobs: readonly Job[]): void {
  const seen = new Map<string, string>()
  for (const { input, output } of jobs) {
    const other = seen.get(output)
    if (other !== undefined) {
      const expected = `names that differ: both would become ${output}`
      throw new InvalidArgumentError({ argument: 'pictures', value: [other, input], expected })
    }
    seen.set(output, input)
  }
}

/** An original is never replaced, not even under another name. */
async function assertOriginalStays({ input, output }: Job): Promise<void> {
  if (input === '-' || output === '-') return
  const [from, to] = await Promise.all([input, output].map((path) => realpath(path).catch(() => undefined)))
  if (from !== undefined && from === to) {
    throw new InvalidArgumentError({
      argument: '--output',
      value: output,
      expected: 'another file than the picture itself',
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
