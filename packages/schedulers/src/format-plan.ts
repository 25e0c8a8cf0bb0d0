import type { SamplingPlan, Stage, Terms } from './plan.ts'

/** A plan as a table of plain text, one line a stage, for people who want to see what a scheduler does. */
export function formatPlan(plan: SamplingPlan): string {
  const header = ['stage', 'timestep', 'alpha', 'sigma', 'input ×', 'next sample']
  const rows = [header, ...plan.stages.map(formatStage)]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map(([...cells]) => {
    const last = cells.pop()!
    return [...cells.map((cell, column) => cell.padStart(widths[column]!)), last].join('  ').trimEnd()
  })
  const start = `starts at ${round(plan.start.alpha)} · picture + ${round(plan.start.sigma)} · noise`
  const filter = plan.filter ? `, filter ${JSON.stringify(plan.filter)}` : ''
  const title = `${plan.scheduler}: ${plan.stages.length} model evaluations, ${start}${filter}`
  return [title, ...plan.warnings.map((warning) => `! ${warning.message}`), ...lines].join('\n')
}

function formatStage(stage: Stage, index: number): string[] {
  const { alpha, sigma } = stage.level
  const parts = [formatTerms(stage.next)]
  if (stage.correct) parts.push(`after x${index} ← ${formatTerms(stage.correct)}`)
  if (stage.learnedNoise) parts.push('with learned noise')
  if (stage.known) parts.push('keeping what is known')
  if (stage.renoise) parts.push(`then ${stage.renoise.length} steps back to noise`)
  return [`${index}`, ...[stage.timestep, alpha, sigma, stage.inputScale].map(round), parts.join(', ')]
}

/** x: samples, m: remembered estimates, d: the denoised estimate, o: the model's output, ε: noise. */
function formatTerms({ samples, estimates, noises, denoised = 0, output = 0, noise = 0 }: Terms): string {
  const named = (name: string, weights: Readonly<Record<number, number>> = {}) =>
    Object.entries(weights).map(([stage, weight]) => [`${name}${stage}`, weight] as const)
  const earlier = [...named('x', samples), ...named('m', estimates), ...named('ε', noises)]
  const parts = [...earlier, ['d', denoised], ['o', output], ['ε', noise]] as const
  return parts
    .filter(([, weight]) => weight !== 0)
    .map(([name, weight]) => `${weight < 0 ? '− ' : '+ '}${round(Math.abs(weight))}·${name}`)
    .join(' ')
    .replace(/^\+ /, '')
    .replace(/^− /, '−')
}

function round(value: number): string {
  return `${Number(value.toPrecision(6))}`
}
