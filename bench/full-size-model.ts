/** The architecture of CompVis/ldm-super-resolution-4x-openimages with random weights, in the layout its author published. */
import { existsSync } from 'node:fs'
import { cp, mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesOf, littleEndian, write } from '../packages/checkpoints/src/pickle/pickle-fixture.ts'
import { rowMajorStrides } from '../packages/checkpoints/src/tensor-entry.ts'
import { torchZipParts } from '../packages/checkpoints/src/torch/write-torch-fixture.ts'

export type Container = 'bin' | 'safetensors' | 'pdparams'

interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
}

/** Makes the model's folder, unless it is there, from the parameter lists and configurations of the shared folder. */
export async function makeFullSizeModel(folder: string, shared: string, container: Container): Promise<string> {
  const target = join(folder, container)
  if (existsSync(join(target, 'done'))) return target
  await cp(join(shared, 'facts/configs/hf'), target, { recursive: true })
  for (const part of ['unet', 'vqvae']) {
    const list = JSON.parse(await readFile(join(shared, `fixtures/fullsize/${part}_parameters.json`), 'utf8'))
    // The author's files have the names of the attention layers that diffusers used then.
    const oldNames = new Map(Object.entries<string>(list.old_attention_names).map(([old, current]) => [current, old]))
    const parameters: readonly Parameter[] = list.tensors.map(([name, shape]: [string, number[]]) => ({
      name: oldNames.get(name) ?? name,
      shape,
    }))
    await mkdir(join(target, part), { recursive: true })
    const parts = makers[container](parameters)
    await writeParts(
      join(target, part, `diffusion_pytorch_model.${container === 'bin' ? 'bin' : 'safetensors'}`),
      parts,
    )
  }
  await writeParts(join(target, 'done'), [])
  return target
}

const makers = { bin: torchFile, safetensors: safetensorsFile, pdparams: paddleFile }

/** A pickle of numpy arrays whose bytes lie in it as they are (protocol 4); Linear weights are [input, output]. */
function paddleFile(parameters: readonly Parameter[]): Uint8Array[] {
  const arrays = parameters.flatMap(({ name, shape }) => {
    const values = new Uint8Array(randomValues(name, shape).buffer)
    const stored = shape.length === 2 && !name.includes('embedding.weight') ? shape.toReversed() : shape
    const head = bytesOf(write.text(name), write.array('f4', stored, 'B'))
    // The array ends with its data, the end of its state's tuple, and "build".
    const end = head.length - 2
    return [head.slice(0, end), littleEndian(values.length, 4) as Uint8Array, values, head.slice(end)]
  })
  return [bytesOf(0x80, 4, '}('), ...arrays, bytesOf('u.')]
}

function torchFile(parameters: readonly Parameter[]): Uint8Array[] {
  const storages: Record<string, Uint8Array> = {}
  const items = parameters.map(({ name, shape }, index) => {
    const values = randomValues(name, shape)
    storages[`${index}`] = new Uint8Array(values.buffer)
    return [
      name,
      write.tensor(write.storage('FloatStorage', `${index}`, values.length), 0, shape, rowMajorStrides(shape)),
    ] as const
  })
  return torchZipParts(write.dict(items), storages) as Uint8Array[]
}

function safetensorsFile(parameters: readonly Parameter[]): Uint8Array[] {
  const header: Record<string, object> = {}
  const data: Uint8Array[] = []
  let offset = 0
  for (const { name, shape } of parameters) {
    const bytes = new Uint8Array(randomValues(name, shape).buffer)
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
    data.push(bytes)
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true)
  return [length, text, ...data]
}

let state = 0x9e3779b9
/** Values with which a network stays in range: ones for scales, and a spread that follows the number of inputs. */
function randomValues(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1))
  if (shape.length === 1) return values.fill(name.endsWith('weight') ? 1 : 0)
  const spread = Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1))
  for (let i = 0; i < values.length; i++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    values[i] = (state / 2 ** 31) * spread
  }
  return values
}

async function writeParts(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(`${path}.part`, 'w')
  for (const part of parts) await file.write(part)
  await file.close()
  await rename(`${path}.part`, path)
}
