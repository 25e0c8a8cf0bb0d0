import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Backend, Tensor } from '@latentkit/core'
import { type ConvolutionMethod, createGraphSession, type Precision } from '@latentkit/models-ldm'
import { openFullSizeUNet } from './full-size-unet.ts'
import { report, secondsOf, timeSteps } from './timing.ts'

/**
 * Steps of the full-size UNet through a backend as users have it: inputs come from the processor's memory and outputs go back
 * there. What goes wrong is reported, too.
 * @param name of the output's file
 */
export async function measureUNetSteps(
  backend: Backend,
  folder: string,
  results: string,
  side: number,
  precision: Precision,
  name: string,
  convolutions: ConvolutionMethod = 'direct',
): Promise<void> {
  const { runtime, device } = await backend.capabilities()
  const way = convolutions === 'direct' ? precision : `${precision} ${convolutions}`
  const about = { runtime, device, way, side }
  try {
    const { graph, weights, inputs } = await openFullSizeUNet(folder, side, precision, convolutions)
    const start = performance.now()
    const session = await createGraphSession(backend, graph, weights)
    const loadSeconds = (performance.now() - start) / 1000
    let output: Tensor | undefined
    const step = async () => {
      output = (await session.run(inputs)).output
    }
    const firstStepSeconds = await secondsOf(step)
    const timing = await timeSteps(step)
    const file = `${name} ${way} ${side}.f32`
    await writeFile(join(folder, 'outputs', file), output!.data as Float32Array)
    report(results, { ...about, loadSeconds, firstStepSeconds, ...timing, output: file })
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string }
    report(results, { ...about, error: `${name} (${code}): ${message}` })
  }
}
