/** So few codes are compared one by one instead of being parted further. */
const leafSize = 16

/**
 * Prepares a search for the nearest of codes, `dim` numbers each, one code after the other: a k-d tree (Bentley 1975). Of
 * thousands of codes of three or four numbers, which latent diffusion has, it looks at a few dozen, of wider ones at far more.
 * @returns finds the index of the code nearest to a point of `dim` numbers; of equally near codes the first.
 */
export function createNearestCode(codes: Float32Array, dim: number): (point: ArrayLike<number>) => number {
  const order = Uint32Array.from({ length: codes.length / dim }, (_, code) => code)
  /** For the place in the middle of each part: the axis along which smaller codes lie before it and larger ones after it. */
  const axes = new Uint32Array(order.length)
  part(0, order.length)
  const sorted = new Float32Array(codes.length)
  order.forEach((code, place) => {
    sorted.set(codes.subarray(code * dim, (code + 1) * dim), place * dim)
  })

  function part(first: number, end: number): void {
    if (end - first <= leafSize) return
    const middle = (first + end) >> 1
    const own = order.subarray(first, end)
    const axis = widestAxis(codes, dim, own)
    axes[middle] = axis
    partAround(own, middle - first, codes, dim, axis)
    part(first, middle)
    part(middle + 1, end)
  }

  let point: ArrayLike<number> = []
  let nearest = 0
  let least = 0

  function compare(first: number, end: number): void {
    for (let place = first; place < end; place++) {
      let distance = 0
      for (let i = 0; i < dim; i++) distance += (point[i]! - sorted[place * dim + i]!) ** 2
      if (distance < least || (distance === least && order[place]! < nearest)) {
        nearest = order[place]!
        least = distance
      }
    }
  }

  function search(first: number, end: number): void {
    if (end - first <= leafSize) {
      compare(first, end)
      return
    }
    const middle = (first + end) >> 1
    const axis = axes[middle]!
    const beyond = point[axis]! - sorted[middle * dim + axis]!
    if (beyond < 0) search(first, middle)
    else search(middle + 1, end)
    if (beyond ** 2 > least) return
    compare(middle, middle + 1)
    if (beyond < 0) search(middle + 1, end)
    else search(first, middle)
  }

  return (given) => {
    point = given
    nearest = 0
    least = Number.POSITIVE_INFINITY
    search(0, order.length)
    return nearest
  }
}

function widestAxis(codes: Float32Array, dim: number, own: Uint32Array): number {
  let widest = 0
  let most = -1
  for (let axis = 0; axis < dim; axis++) {
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (const code of own) {
      const value = codes[code * dim + axis]!
      if (value < low) low = value
      if (value > high) high = value
    }
    if (high - low > most) {
      widest = axis
      most = high - low
    }
  }
  return widest
}

/** Brings the code that sorting would put there to `rank`, smaller ones before it, larger ones after it (Hoare 1961). */
function partAround(own: Uint32Array, rank: number, codes: Float32Array, dim: number, axis: number): void {
  let first = 0
  let last = own.length - 1
  while (first < last) {
    // A fixed place would meet orders that take quadratic time.
    const pivot = codes[own[first + Math.floor(Math.random() * (last - first + 1))]! * dim + axis]!
    let i = first
    let j = last
    while (i <= j) {
      while (codes[own[i]! * dim + axis]! < pivot) i++
      while (codes[own[j]! * dim + axis]! > pivot) j--
      if (i > j) break
      const held = own[i]!
      own[i++] = own[j]!
      own[j--] = held
    }
    if (rank <= j) last = j
    else if (rank >= i) first = i
    else return
  }
}
