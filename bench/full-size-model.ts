/** The architecture of CompVis/ldm-super-resolution-4x-openimages with random weights, in the layout its author published. */
import { existsSync } from 'node:fs'
import { cp, mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { numberToFloat16 } from '@latentkit/core'
import { bytesOf, littleEndian, type PicklePart, write } from '../packages/checkpoints/src/pickle/pickle-fixture.ts'
import { rowMajorStrides } from '../packages/checkpoints/src/tensor-entry.ts'
import { torchZipParts } from '../packages/checkpoints/src/torch/write-torch-fixture.ts'

/** `pdparams2` holds its bytes as text; `fp16` is safetensors in half precision; `ckpt` CompVis' own form, one file for both. */
export type Container = 'bin' | 'safetensors' | 'pdparams' | 'pdparams2' | 'fp16' | 'ckpt'

interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
}

/** Makes the model's folder, unless it is there, from the parameter lists and configurations of the shared folder. */
export async function makeFullSizeModel(folder: string, shared: string, container: Container): Promise<string> {
  const target = join(folder, container)
  if (existsSync(join(target, 'done'))) return target
  if (container === 'ckpt') return makeOriginal(target, shared)
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
    await writeParts(join(target, part, fileNames[container]), parts)
  }
  await writeParts(join(target, 'done'), [])
  return target
}

const fileNames = {
  bin: 'diffusion_pytorch_model.bin',
  safetensors: 'diffusion_pytorch_model.safetensors',
  fp16: 'diffusion_pytorch_model.safetensors',
  pdparams: 'model_state.pdparams',
  pdparams2: 'model_state.pdparams',
}
const makers = {
  bin: torchFile,
  safetensors: (parameters: readonly Parameter[]) => safetensorsFile(parameters, 'F32'),
  fp16: (parameters: readonly Parameter[]) => safetensorsFile(parameters, 'F16'),
  pdparams: (parameters: readonly Parameter[]) => paddleFile(parameters, 4),
  pdparams2: (parameters: readonly Parameter[]) => paddleFile(parameters, 2),
}

/** `model.ckpt` as Lightning saves it, with an averaged copy of the UNet. */
async function makeOriginal(target: string, shared: string): Promise<string> {
  const { original_keys: shapes } = JSON.parse(
    await readFile(join(shared, 'fixtures/fullsize/compvis_mapping.json'), 'utf8'),
  ) as { original_keys: Record<string, number[]> }
  const parameters = Object.entries(shapes)
    .filter(([name]) => /^(model|model_ema|first_stage_model)\./.test(name))
    .map(([name, shape]) => ({ name, shape }))
  await mkdir(target, { recursive: true })
  await writeParts(
    join(target, 'model.ckpt'),
    torchFile(parameters, (dict) => write.dict([['state_dict', dict]])),
  )
  await writeParts(join(target, 'done'), [])
  return target
}

/** A pickle of numpy arrays whose bytes lie in it as they are (protocol 4) or as text (2); Linear weights are [input, output]. */
function paddleFile(parameters: readonly Parameter[], protocol: 2 | 4): Uint8Array[] {
  const arrays = parameters.flatMap(({ name, shape }) => {
    const bytes = Buffer.from(randomValues(name, shape).buffer)
    const values = protocol === 4 ? bytes : Buffer.from(bytes.toString('latin1'), 'utf8')
    const stored = shape.length === 2 && !name.includes('embedding.weight') ? shape.toReversed() : shape
    const head = bytesOf(write.text(name), write.array('f4', stored, protocol === 4 ? 'B' : 'c_codecs\nencode\n(X'))
    // The array ends with its data, the end of its state's tuple, and "build".
    const end = head.length - 2
    const call = protocol === 4 ? [] : [bytesOf(write.text('latin1'), 'tR')]
    return [head.slice(0, end), littleEndian(values.length, 4) as Uint8Array, values, ...call, head.slice(end)]
  })
  return [bytesOf(0x80, protocol, '}('), ...arrays, bytesOf('u.')]
}

function torchFile(
  parameters: readonly Parameter[],
  wrap: (dict: PicklePart) => PicklePart = (dict) => dict,
): Uint8Array[] {
  const storages: Record<string, Uint8Array> = {}
  const items = parameters.map(({ name, shape }, index) => {
    const values = randomValues(name, shape)
    storages[`${index}`] = new Uint8Array(values.buffer)
    return [
      name,
      write.tensor(write.storage('FloatStorage', `${index}`, values.length), 0, shape, rowMajorStrides(shape)),
    ] as const
  })
  return torchZipParts(wrap(write.dict(items)), storages) as Uint8Array[]
}

function safetensorsFile(parameters: readonly Parameter[], dtype: 'F32' | 'F16'): Uint8Array[] {
  const header: Record<string, object> = {}
  const data: Uint8Array[] = []
  let offset = 0
  for (const { name, shape } of parameters) {
    const values = randomValues(name, shape)
    const bytes = new Uint8Array(dtype === 'F32' ? values.buffer : Uint16Array.from(values, numberToFloat16).buffer)
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
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
