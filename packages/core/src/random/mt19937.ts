const size = 624
const middle = 397

/**
 * The Mersenne Twister with 32-bit output (Matsumoto & Nishimura 1998), seeded with one 32-bit word as torch does.
 * Returns a function that yields the next draw, 0 … 2³²−1.
 */
export function createMt19937(seed: number): () => number {
  const state = new Uint32Array(size)
  state[0] = seed
  for (let i = 1; i < size; i++) {
    const previous = state[i - 1]!
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i
  }
  let position = size

  function twist(): void {
    for (let i = 0; i < size; i++) {
      const next = i + 1 < size ? i + 1 : 0
      const far = i < size - middle ? i + middle : i + middle - size
      const mixed = (state[i]! & 0x80000000) | (state[next]! & 0x7fffffff)
      state[i] = state[far]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0)
    }
    position = 0
  }

  return () => {
    if (position === size) twist()
    let word = state[position++]!
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }
}
