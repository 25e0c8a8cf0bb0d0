import { existsSync, readFileSync } from 'node:fs'
import { InvalidArgumentError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { namedScheduler, shortSchedulerName } from './named-scheduler.ts'
import { schedulerFactories } from './scheduler-from-config.ts'

test.each(Object.keys(schedulerFactories))('%s by its own name, its short one, or without dashes', (name) => {
  const config = { _class_name: 'DDIMScheduler', num_train_timesteps: 500 }
  const short = shortSchedulerName(name)
  for (const written of [name, short, short.toUpperCase(), short.replaceAll('-', '_'), short.replaceAll('-', '')]) {
    const scheduler = namedScheduler(written, config)
    expect(scheduler.name).toBe(name.replace('Parallel', ''))
    expect(scheduler.config.num_train_timesteps).toBe(500)
  }
})

test('short names are short, and no two classes share one', () => {
  const short = Object.keys(schedulerFactories).map(shortSchedulerName)
  expect(new Set(short).size).toBe(short.length)
  expect(
    ['EulerAncestralDiscreteScheduler', 'KDPM2DiscreteScheduler', 'DDIMScheduler'].map(shortSchedulerName),
  ).toEqual(['euler-ancestral', 'kdpm2', 'ddim'])
})

test('a name that is none is told what there is', () => {
  expect(() => namedScheduler('magic', {})).toThrow(InvalidArgumentError)
  expect(() => namedScheduler('magic', {})).toThrow('scheduler is "magic"; expected one of ddim, ddim-parallel,')
})

test('docs/schedulers.md has a line and a plot for every class', () => {
  const docs = new URL('../../../../docs/', import.meta.url)
  const page = readFileSync(new URL('schedulers.md', docs), 'utf8')
  for (const name of Object.keys(schedulerFactories).filter((known) => !known.includes('Parallel'))) {
    const short = shortSchedulerName(name)
    expect(page).toContain(`| ${name}<br>\`${short}\` |`)
    expect(existsSync(new URL(`schedulers/${short}.svg`, docs)), short).toBe(true)
  }
})
