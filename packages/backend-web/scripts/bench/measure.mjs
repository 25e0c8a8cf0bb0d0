// One upscale, timed: the same code in Node and in the browser. Times are in milliseconds.
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

/** @returns load, first step, median of the other steps, decode, and the share of all that was spent outside the backend. */
export async function measure({ backend, files }, { side, steps, convolutions }) {
  let inside = 0
  const timed =
    (call) =>
    async (...given) => {
      const start = performance.now()
      try {
        return await call(...given)
      } finally {
        inside += performance.now() - start
      }
    }
  const watched = {
    ...backend,
    capabilities: timed(backend.capabilities),
    createSession: timed(async (...given) => {
      const session = await backend.createSession(...given)
      return { ...session, run: timed(session.run) }
    }),
  }
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend: watched })
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 7) % 256)
  const marks = {}
  const stepEnds = []
  inside = 0
  const start = performance.now()
  await pipeline.upscale(
    { width: side, height: side, channels: 3, data },
    {
      steps,
      eta: 0,
      backProjection: 0,
      convolutions,
      onProgress: (event) => {
        if (event.type === 'stage') marks[event.stage] = performance.now()
        if (event.type === 'step') stepEnds.push(performance.now())
      },
    },
  )
  const end = performance.now()
  const lengths = stepEnds.map((time, i) => time - (stepEnds[i - 1] ?? marks.denoise))
  const rest = lengths.slice(1).sort((a, b) => a - b)
  await backend.dispose()
  return {
    load: marks.denoise - marks.load,
    firstStep: lengths[0],
    medianStep: rest[Math.floor(rest.length / 2)],
    decode: marks.finish - marks.decode,
    outsideShare: (end - start - inside) / (end - start),
  }
}
