/** Does something, and tells how long it took and what the longest time was that a timer had to wait meanwhile. */
export async function watchThread<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly milliseconds: number; readonly longestWait: number }> {
  const start = performance.now()
  let last = start
  let longestWait = 0
  const look = () => {
    const now = performance.now()
    longestWait = Math.max(longestWait, now - last)
    last = now
  }
  const timer = setInterval(look, 5)
  try {
    const result = await work()
    look()
    return { result, milliseconds: last - start, longestWait }
  } finally {
    clearInterval(timer)
  }
}
