import { type RasterImage, resizeImage } from '@latentkit/core'

/** How close a picture is to the one it should be. */
export interface Figures {
  /** Peak signal-to-noise ratio in dB over red, green and blue. */
  readonly psnr: number
  /** Structural similarity of the brightness (Wang et al. 2004), 1 where equal. */
  readonly ssim: number
  /** Gradient magnitude similarity deviation of the brightness (Xue et al. 2014), 0 where equal. */
  readonly gmsd: number
  /** How much brighter each channel is on average, in levels: red, green, blue. */
  readonly shift: readonly [number, number, number]
  /** Share of the samples, 0 to 1, that differ by more than one level once both are reduced to a quarter of their sides. */
  readonly off: number
}

/** Measures a picture against the original of the same size; both RGB. */
export function measure(made: RasterImage, original: RasterImage): Figures {
  const [a, b] = [brightness(made), brightness(original)]
  const [shift, off] = [meanShift(made, original), shareOff(made, original)]
  return { psnr: psnr(made, original), ssim: ssim(a, b), gmsd: gmsd(a, b), shift, off }
}

/** One number for each pixel. */
interface Field {
  readonly width: number
  readonly height: number
  readonly data: Float64Array
}

function brightness({ width, height, data }: RasterImage): Field {
  const grey = new Float64Array(width * height)
  for (let i = 0; i < grey.length; i++)
    grey[i] = 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!
  return { width, height, data: grey }
}

function psnr(made: RasterImage, original: RasterImage): number {
  let sum = 0
  for (let i = 0; i < made.data.length; i++) sum += (made.data[i]! - original.data[i]!) ** 2
  return 10 * Math.log10((255 ** 2 * made.data.length) / sum)
}

function meanShift(made: RasterImage, original: RasterImage): [number, number, number] {
  const shift: [number, number, number] = [0, 0, 0]
  for (let i = 0; i < made.data.length; i++) shift[i % 3]! += made.data[i]! - original.data[i]!
  return shift.map((sum) => (3 * sum) / made.data.length) as [number, number, number]
}

function shareOff(made: RasterImage, original: RasterImage): number {
  const reduce = (image: RasterImage) =>
    resizeImage(image, { width: Math.ceil(image.width / 4), height: Math.ceil(image.height / 4) }, 'bicubic').data
  const [a, b] = [reduce(made), reduce(original)]
  let count = 0
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i]! - b[i]!) > 1) count++
  return count / a.length
}

/** With a Gaussian window of deviation 1.5 cut off after 5 pixels; the border that the window leaves is not counted. */
function ssim(a: Field, b: Field): number {
  const radius = 5
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * 1.5 ** 2)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const kernel = weights.map((weight) => weight / total)
  const blur = (field: Field) => blurInside(field, kernel)
  const product = (x: Field, y: Field): Field => ({ ...x, data: x.data.map((value, i) => value * y.data[i]!) })
  const [meanA, meanB] = [blur(a), blur(b)]
  const [squareA, squareB, mixed] = [blur(product(a, a)), blur(product(b, b)), blur(product(a, b))]
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2]
  let sum = 0
  for (let i = 0; i < meanA.length; i++) {
    const [x, y] = [meanA[i]!, meanB[i]!]
    const variances = squareA[i]! - x * x + squareB[i]! - y * y
    const covariance = mixed[i]! - x * y
    sum += ((2 * x * y + c1) * (2 * covariance + c2)) / ((x * x + y * y + c1) * (variances + c2))
  }
  return sum / meanA.length
}

/** A separable blur of the positions where the whole kernel lies inside. */
function blurInside({ width, height, data }: Field, kernel: readonly number[]): Float64Array {
  const [innerWidth, innerHeight] = [width - kernel.length + 1, height - kernel.length + 1]
  const rows = new Float64Array(innerWidth * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < innerWidth; x++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) sum += kernel[k]! * data[y * width + x + k]!
      rows[y * innerWidth + x] = sum
    }
  }
  const inner = new Float64Array(innerWidth * innerHeight)
  for (let y = 0; y < innerHeight; y++) {
    for (let x = 0; x < innerWidth; x++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) sum += kernel[k]! * rows[(y + k) * innerWidth + x]!
      inner[y * innerWidth + x] = sum
    }
  }
  return inner
}

/** At half the size, with Prewitt's gradients and nothing outside the picture. */
function gmsd(a: Field, b: Field): number {
  const [edgesA, edgesB] = [gradients(halve(a)), gradients(halve(b))]
  const likeness = edgesA.map((x, i) => (2 * x * edgesB[i]! + 170) / (x * x + edgesB[i]! ** 2 + 170))
  const mean = likeness.reduce((sum, value) => sum + value, 0) / likeness.length
  return Math.sqrt(likeness.reduce((sum, value) => sum + (value - mean) ** 2, 0) / likeness.length)
}

function halve({ width, height, data }: Field): Field {
  const half = { width: width >> 1, height: height >> 1 }
  const means = new Float64Array(half.width * half.height)
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const i = 2 * y * width + 2 * x
      means[y * half.width + x] = (data[i]! + data[i + 1]! + data[i + width]! + data[i + width + 1]!) / 4
    }
  }
  return { ...half, data: means }
}

function gradients({ width, height, data }: Field): Float64Array {
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x]!)
  const edges = new Float64Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [across, down] = [0, 0]
      for (const k of [-1, 0, 1]) {
        across += at(x + 1, y + k) - at(x - 1, y + k)
        down += at(x + k, y + 1) - at(x + k, y - 1)
      }
      edges[y * width + x] = Math.hypot(across, down) / 3
    }
  }
  return edges
}
