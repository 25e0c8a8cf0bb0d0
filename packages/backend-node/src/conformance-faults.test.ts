// By its name, as users import it: the runtime's thread needs the built files.
import { createNodeBackend } from '@latentkit/backend-node'
import { type Backend, BackendError, type Session, untilAborted } from '@latentkit/core'
import { backendConformance } from '@latentkit/core/testing'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { expect, test } from 'vitest'

/** A backend whose sessions run in another way. */
function withRun(change: (run: Session['run']) => Session['run']): Backend {
  const backend = createNodeBackend()
  return {
    ...backend,
    async createSession(source, options) {
      const session = await backend.createSession(source, options)
      return { ...session, run: change(session.run) }
    },
  }
}

function blocking(): Backend {
  return withRun((run) => async (...given) => {
    await null
    const end = performance.now() + 300
    while (performance.now() < end);
    return run(...given)
  })
}

/** Inputs are read when a run's turn comes. */
function readLate(): Backend {
  return withRun((run) => async (...given) => {
    await null
    return run(...given)
  })
}

/** What is asked for at once is done from last to first. */
function lastFirst(): Backend {
  return withRun((run) => {
    let after: Promise<unknown> = Promise.resolve()
    let waiting: (() => void)[] = []
    return (...given) => {
      const turn = new Promise<void>((resolve) => waiting.push(resolve))
      if (waiting.length === 1)
        setTimeout(() => {
          for (const go of waiting.reverse())
            after = after.then(go).then(() => new Promise((done) => setTimeout(done, 50)))
          waiting = []
        })
      return turn.then(() => run(...given))
    }
  })
}

/** Of a view its buffer's first values. */
function wholeBuffers(): Backend {
  return withRun((run) => ({ x, ...others }, options) => {
    const data = new Float32Array(x!.data.buffer as ArrayBuffer, 0, x!.data.length)
    return run({ x: { ...x!, data }, ...others }, options)
  })
}

/** A signal is looked at once, when the run is asked for. */
function deafWhileWaiting(): Backend {
  return withRun((run) => (inputs) => run(inputs))
}

function deafUntilItsTurn(): Backend {
  return withRun((run) => async (inputs, { signal } = {}) => {
    const results = await run(inputs)
    signal?.throwIfAborted()
    return results
  })
}

/** Who asked hears of an abort, but the runtime does not. */
function doneAllTheSame(): Backend {
  return withRun(
    (run) =>
      (inputs, { signal } = {}) =>
        untilAborted(run(inputs), signal),
  )
}

function inSeveralLines(): Backend {
  return withRun((run) => async (...given) => {
    try {
      return await run(...given)
    } catch (error) {
      throw new BackendError({ backend: 'several lines', problem: `first line\n${(error as Error).message}` })
    }
  })
}

test.each([
  [
    'blocks the caller’s thread',
    blocking,
    'leaves the caller’s thread free',
    /nothing else .* for [01.,\d]+ of the time/,
  ],
  ['does the last call first', lastFirst, 'answers runs asked for at once', /expected \[1,2,3,4\]; got \[4,3,2,1\]/],
  ['reads inputs late', readLate, 'reads inputs when', /expected 3,5,7,9,11,13; got 19,19,19,19,19,19/],
  [
    'takes a whole buffer for a part of it',
    wholeBuffers,
    'takes a part of a larger buffer',
    /expected 3,5,7,9,11,13; got 1,3,5,7,9,11/,
  ],
  ['does not hear of an abort while a run waits', deafWhileWaiting, 'withdraws runs', /got Error: no error came/],
  ['tells of an abort at the run’s turn', deafUntilItsTurn, 'withdraws runs', /only after those before them/],
  ['runs what was withdrawn', doneAllTheSame, 'withdraws runs', /are done all the same/],
  [
    'fails in several lines',
    inSeveralLines,
    'refuses inputs',
    /one line was expected; got BackendError: .*first line\n/,
  ],
] as const)('the suite finds a backend that %s', async (_, createBackend, name, problem) => {
  const suite = backendConformance({ models: conformanceModels, createBackend })
  await expect(suite.find((one) => one.name.startsWith(name))!.run()).rejects.toThrow(problem)
})
