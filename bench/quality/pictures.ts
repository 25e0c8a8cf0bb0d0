import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { readImage } from '@latentkit/backend-node'
import { hasAlpha, type RasterImage, rasterImage } from '@latentkit/core'
import { sharedPath } from '../shared-folder.ts'

/** Originals to measure on. */
export interface PictureSet {
  readonly name: string
  readonly pictures: readonly { readonly name: string; readonly original: RasterImage }[]
}

const repository = join(import.meta.dirname, '../..')

/** Photographs among scikit-image's sample data; of another folder every picture is taken. */
const photographs = [
  ...['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg', 'motorcycle_left.png', 'camera.png', 'retina.jpg'],
  ...['brick.png', 'gravel.png', 'grass.png', 'ihc.png', 'hubble_deep_field.jpg', 'page.png', 'coins.png'],
]
/** No training used this seed. */
const heldOutSeed = 9001

/**
 * The sets that are at hand: two photographs beside the repository, pictures drawn by `training/` (needs Python with numpy,
 * scipy and Pillow), and a folder of photographs. What is missing is said.
 */
export async function openPictureSets(options: {
  readonly photographs?: string | undefined
  /** Longest side; larger pictures are cut to their middle. */
  readonly side: number
  /** Pictures of each set. */
  readonly most: number
}): Promise<readonly PictureSet[]> {
  const sets: PictureSet[] = []
  const add = async (name: string, files: readonly string[]) => {
    const pictures = await Promise.all(
      files
        .slice(0, options.most)
        .map(async (file) => ({ name: parse(file).name, original: middle(await readImage(file), options.side) })),
    )
    if (pictures.length > 0) sets.push({ name, pictures })
  }
  const sample = join(sharedPath, 'pictures')
  if (existsSync(sample))
    await add(
      'shared',
      listPictures(sample).filter((file) => file.endsWith('-hr.png')),
    )
  else console.error('Not measured: ../shared/pictures is not there.')
  const drawn = await drawHeldOut()
  if (drawn) await add('synthetic', listPictures(drawn))
  if (drawn) await rm(drawn, { recursive: true })
  if (options.photographs) {
    const files = listPictures(options.photographs)
    const known = files.filter((file) => photographs.includes(parse(file).base))
    await add('photographs', known.length > 0 ? known : files)
  } else console.error('Not measured: photographs; name a folder with --photographs or LATENTKIT_PHOTOGRAPHS.')
  if (sets.length === 0) throw new Error('There are no pictures to measure with; see above.')
  return sets
}

function listPictures(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(png|jpe?g|webp|tiff?)$/i.test(name))
    .sort()
    .map((name) => join(folder, name))
}

/** Draws synthetic pictures into a temporary folder. */
async function drawHeldOut(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-held-out-'))
  const words = ['-m', 'training.render', '--png', '--out', folder, '--count', '8', '--seed', String(heldOutSeed)]
  try {
    execFileSync(process.env.LATENTKIT_PYTHON ?? 'python3', words, { cwd: repository, stdio: 'pipe' })
    return folder
  } catch (error) {
    console.error(`Not measured: synthetic pictures; ${(error as Error).message.trim().split('\n').at(-1)}`)
    await rm(folder, { recursive: true })
    return undefined
  }
}

/** The middle of a picture as RGB, sides being multiples of 32 (of 4 if it is smaller than that). */
function middle(image: RasterImage, side: number): RasterImage {
  const fit = (length: number) => {
    const most = Math.min(length, side)
    return most < 32 ? most - (most % 4) : most - (most % 32)
  }
  const [width, height] = [fit(image.width), fit(image.height)]
  const [left, top] = [(image.width - width) >> 1, (image.height - height) >> 1]
  const colours = image.channels - (hasAlpha(image) ? 1 : 0)
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) {
    const [pixel, channel] = [Math.floor(i / 3), i % 3]
    const [x, y] = [left + (pixel % width), top + Math.floor(pixel / width)]
    data[i] = image.data[(y * image.width + x) * image.channels + Math.min(channel, colours - 1)]!
  }
  return rasterImage(width, height, 3, data)
}
