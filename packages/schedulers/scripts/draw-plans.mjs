// Draws docs/schedulers/<name>.svg: what each class does with the noise over ten steps.
// Run after a build: node packages/schedulers/scripts/draw-plans.mjs
import { mkdirSync, writeFileSync } from 'node:fs'
import { createScheduler, schedulerClasses, shortSchedulerName } from '@latentkit/schedulers'

const folder = new URL('../../../docs/schedulers/', import.meta.url)
const [width, height] = [320, 180]
const margin = { left: 42, right: 10, top: 12, bottom: 30 }
const steps = 10
/** Stable Diffusion's training schedule, for all classes that have one, so that their plots compare. */
const training = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' }

/** Share of noise in a sample, 0 to 1: the same scale for every kind of path. */
const share = ({ alpha, sigma }) => sigma / (alpha + sigma)

/** Follows the reader's light or dark theme; the greys can be read on both, for viewers that do not tell it. */
const style = `
text { font: 11px system-ui, sans-serif; fill: #57606a }
.axis { stroke: #8b949e; stroke-opacity: .55; fill: none }
.path { stroke: #0969da; stroke-width: 2; fill: none; stroke-linejoin: round }
.asked { fill: #0969da }
.noise { fill: #cf5a00 }
@media (prefers-color-scheme: dark) {
  text { fill: #9da7b1 }
  .path { stroke: #58a6ff }
  .asked { fill: #58a6ff }
  .noise { fill: #f0883e }
}`

function draw(name, plan) {
  const levels = plan.stages.map((stage) => share(stage.level))
  const draws = plan.stages.map((stage) => stage.next.noise !== undefined)
  const x = (index) => margin.left + ((width - margin.left - margin.right) * index) / Math.max(1, levels.length - 1)
  const y = (level) => height - margin.bottom - (height - margin.top - margin.bottom) * level
  const round = (value) => Number(value.toFixed(1))
  const points = levels.map((level, i) => `${round(x(i))},${round(y(level))}`)
  const dots = levels.map((level, i) => {
    const radius = levels.length > 40 ? 1.6 : 3
    return `<circle class="${draws[i] ? 'noise' : 'asked'}" cx="${round(x(i))}" cy="${round(y(level))}" r="${radius}"/>`
  })
  const ticks = [0, 0.5, 1].map(
    (level) => `<path class="axis" d="M${margin.left} ${y(level)}H${width - margin.right}"/>
<text x="${margin.left - 6}" y="${y(level) + 4}" text-anchor="end">${level * 100}%</text>`,
  )
  const last = levels.length
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${name}: share of noise at each of ${last} model evaluations, ${steps} steps</title>
<style>${style}
</style>
${ticks.join('\n')}
<polyline class="path" points="${points.join(' ')}"/>
${dots.join('\n')}
<text x="${margin.left}" y="${height - 8}">1</text>
<text x="${(width + margin.left) / 2}" y="${height - 8}" text-anchor="middle">model evaluation</text>
<text x="${width - margin.right}" y="${height - 8}" text-anchor="end">${last}</text>
</svg>
`
}

mkdirSync(folder, { recursive: true })
for (const [name, known] of Object.entries(schedulerClasses)) {
  if (name.includes('Parallel')) continue
  const options = 'beta_schedule' in createScheduler(known).config ? training : {}
  const request = { steps, jumpLength: 3, jumpCount: 2 }
  const file = new URL(`${shortSchedulerName(name)}.svg`, folder)
  writeFileSync(file, draw(name, createScheduler(known, options).plan(request)))
}
