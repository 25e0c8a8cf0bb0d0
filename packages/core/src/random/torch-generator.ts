import { assertShape } from '../assert-shape.ts'
import { allocate } from '../dtype.ts'
import { InvalidArgumentError } from '../errors/index.ts'
import { elementCount, type Tensor, tensor } from '../tensor.ts'
import { createMt19937 } from './mt19937.ts'

/** Precisions that can be drawn. */
export type RandomDType = 'float32' | 'float64'

/**
 * A stream of random numbers equal to that of `torch.Generator().manual_seed(seed)` on the CPU. Both methods throw
 * InvalidArgumentError for another dtype and for a shape that is no list of whole sizes; nothing is drawn then.
 */
export interface TorchGenerator {
  /** Uniform values in [0, 1), bit for bit those of `torch.rand`. */
  rand<D extends RandomDType = 'float32'>(shape: readonly number[], dtype?: D): Tensor<D>
  /**
   * Standard normal values, those of `torch.randn`.
   *
   * Parity: the stream is torch's; float32 values of 16 elements and more differ from torch's vectorised logarithm and
   * cosine by up to 3e-6, as torch's own builds do among each other.
   */
  randn<D extends RandomDType = 'float32'>(shape: readonly number[], dtype?: D): Tensor<D>
}

/**
 * Makes a generator.
 * @param seed a whole number; like torch, only its low 32 bits count.
 * @throws InvalidArgumentError if the seed is not a whole number that is exact (use a bigint above 2⁵³).
 */
export function createTorchGenerator(seed: number | bigint): TorchGenerator {
  if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError({ argument: 'seed', value: seed, expected: 'a whole number' })
  }
  const next = createMt19937(Number(BigInt.asUintN(32, BigInt(seed))))
  const uniforms = {
    float32: () => (next() & 0xffffff) * 2 ** -24,
    float64: () => {
      const high = next() & 0x1fffff
      return (high * 2 ** 32 + next()) * 2 ** -53
    },
  }
  // The second value of a pair made for a small draw waits here for the next small draw.
  let waiting: number | undefined

  function smallNormal(): number {
    if (waiting !== undefined) {
      const value = waiting
      waiting = undefined
      return value
    }
    const angle = 2 * Math.PI * uniforms.float64()
    const radius = Math.sqrt(-2 * Math.log1p(-uniforms.float64()))
    waiting = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  function fill<D extends RandomDType>(shape: readonly number[], dtype: D, draw: () => number): Tensor<D> {
    if (!Object.hasOwn(uniforms, dtype))
      throw new InvalidArgumentError({ argument: 'dtype', value: dtype, expected: 'float32 or float64' })
    assertShape(shape)
    const data = allocate(dtype, elementCount(shape))
    for (let i = 0; i < data.length; i++) data[i] = draw()
    return tensor(dtype, shape, data)
  }

  return {
    rand: (shape, dtype = 'float32' as never) => fill(shape, dtype, uniforms[dtype]),
    randn: (shape, dtype = 'float32' as never) => {
      assertShape(shape)
      if (elementCount(shape) < 16) return fill(shape, dtype, smallNormal)
      const values = fill(shape, dtype, uniforms[dtype])
      const data: Float32Array | Float64Array = values.data
      const lastBlock = data.length - 16
      for (let start = 0; start <= lastBlock; start += 16) boxMuller(data, start)
      if (data.length % 16 !== 0) {
        // Parity: the last 16 values are drawn anew instead of completing the last block.
        for (let i = lastBlock; i < data.length; i++) data[i] = uniforms[dtype]()
        boxMuller(data, lastBlock)
      }
      return values
    },
  }
}

/** Turns 16 uniforms into 16 normals in place: j and j + 8 make a pair (Box & Muller 1958). */
function boxMuller(data: Float32Array | Float64Array, start: number): void {
  for (let j = start; j < start + 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - data[j]!))
    const angle = 2 * Math.PI * data[j + 8]!
    data[j] = radius * Math.cos(angle)
    data[j + 8] = radius * Math.sin(angle)
  }
}
