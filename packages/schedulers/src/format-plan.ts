import type { SamplingPlan, Stage, Terms } from './plan.ts'

/** A plan as a table of plain text, one line a stage, for people who want to see what a scheduler does. */
export function formatPlan(plan: SamplingPlan): string {
  const header = ['stage', 'timestep', 'alpha', 'sigma', 'input ×', 'next sample']
  const rows = [header, ...plan.stages.map((stage, index) => formatStage(stage, index))]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
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
  return [`${index}`, round(stage.timestep), round(alpha), round(sigma), round(stage.inputScale), parts.join(', ')]
}

/** x: samples, m: remembered estimates, d: the denoised estimate, o: the model's output, ε: noise. */
function formatTerms(terms: Terms): string {
  const named = (name: string, weights: Readonly<Record<number, number>> = {}): [string, number][] =>
    Object.entries(weights).map(([stage, weight]) => [`${name}${stage}`, weight])
  const parts: [string, number | undefined][] = [
    ...named('x', terms.samples),
    ...named('m', terms.estimates),
    ...named('ε', terms.noises),
    ['d', terms.denoised],
    ['o', terms.output],
    ['ε', terms.noise],
  ]
  const shown = parts.filter(([, weight]) => weight !== undefined && weight !== 0)
  return shown.map(([name, weight], i) => `${sign(weight!, i)}${round(Math.abs(weight!))}·${name}`).join(' ')
}

function sign(weight: number, position: number): string {
  if (weight < 0) return position === 0 ? '−' : '− '
  return position === 0 ? '' : '+ '
}

function round(value: number): string {
  return `${Number(value.toPrecision(6))}`
}
