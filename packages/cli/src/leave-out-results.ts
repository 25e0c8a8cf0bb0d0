import { readReceipt } from '@latentkit/backend-node'
import { InvalidArgumentError, type OnProgress } from '@latentkit/core'
import { identifyFile } from './identify-file.ts'

interface Options {
  /** Nothing that is there will be replaced. */
  readonly skipExisting?: boolean | undefined
  /** Names that results had where other pictures were given beside them: nothing is written there now. */
  readonly otherOutputs?: readonly string[]
  /** Is told what is left out. */
  readonly onProgress?: OnProgress | undefined
}

/**
 * Leaves out pictures that are the results of others among them, as `*.png` finds them when it is used a second time. A
 * result is told by its receipt, or where nothing is replaced by its name alone.
 * @throws InvalidArgumentError if an original would be replaced, not even under another name or by another one's result.
 */
export async function leaveOutResults<Job extends { readonly input: string; readonly output: string }>(
  jobs: readonly Job[],
  { skipExisting = false, otherOutputs = [], onProgress }: Options,
): Promise<readonly Job[]> {
  /** The originals that each file would be made from. */
  const makers = new Map<string, (string | undefined)[]>()
  for (const { input, output } of jobs) {
    const file = await identify(output)
    if (file !== undefined) makers.set(file, [...(makers.get(file) ?? []), await identify(input)])
  }
  const formerResults = new Set(await Promise.all(otherOutputs.map(identify)))
  const left: Job[] = []
  const leftOut = new Set<string>()
  for (const job of jobs) {
    const file = await identify(job.input)
    const from = file === undefined ? undefined : makers.get(file)
    if (from === undefined) {
      const isResult = file !== undefined && formerResults.has(file) && (skipExisting || (await hasReceipt(job.input)))
      if (isResult) leftOut.add(job.input)
      else left.push(job)
    } else if (from.includes(file)) throw refusal(job.output, itself)
    else if (skipExisting || (await hasReceipt(job.input))) leftOut.add(job.input)
    else throw refusal(job.input, `${itself} or another one (--skip-existing makes only what is not there)`)
  }
  const [example, ...others] = leftOut
  if (example !== undefined) {
    const which = others.length === 0 ? `${example} is` : `${leftOut.size} pictures, such as ${example}, are`
    const message = `${which} left out: made from another picture here.`
    onProgress?.({ type: 'warning', code: 'results_left_out', message })
  }
  return left
}

const itself = 'another file than the picture itself'

function refusal(value: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError({ argument: '--output', value, expected })
}

async function identify(path: string): Promise<string | undefined> {
  return path === '-' ? undefined : identifyFile(path)
}

async function hasReceipt(path: string): Promise<boolean> {
  const receipt = await readReceipt(path).catch(() => undefined)
  return receipt !== undefined
}
