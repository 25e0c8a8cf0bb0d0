import { InvalidArgumentError } from '@latentkit/core'
import { clean, levelFromAlphaBar, type NoiseLevel } from '../noise-level.ts'
import { createNoiseSchedule, type NoiseSchedule, type NoiseScheduleOptions } from '../noise-schedule.ts'

/**
 * Levels of a variance-preserving schedule by training timestep; below timestep 0 the clean picture or, if `endsClean`
 * is false, level 0. The function throws InvalidArgumentError for a timestep that was not trained.
 */
export function trainedLevels(
  options: NoiseScheduleOptions,
  endsClean: boolean,
  { alphaBar }: NoiseSchedule = createNoiseSchedule(options),
): (timestep: number) => NoiseLevel {
  const final = endsClean ? clean : levelFromAlphaBar(alphaBar[0]!)
  return (timestep) => {
    if (timestep < 0) return final
    const value = alphaBar[timestep]
    if (value !== undefined) return levelFromAlphaBar(value)
    const expected = `a whole number from 0 to ${alphaBar.length - 1}`
    throw new InvalidArgumentError({ argument: 'timestep', value: timestep, expected })
  }
}
