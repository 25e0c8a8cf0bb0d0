import { ConfigError, InvalidArgumentError } from '@latentkit/core'
import { clean, levelFromAlphaBar, type NoiseLevel } from '../noise-level.ts'
import { createNoiseSchedule, type NoiseSchedule, type NoiseScheduleOptions } from '../noise-schedule.ts'

/**
 * The training schedule of a configuration.
 * @throws ConfigError if `trained_betas` has another length than training had timesteps.
 */
export function trainingSchedule(name: string, config: NoiseScheduleOptions, floorTerminal = false): NoiseSchedule {
  const { trained_betas: betas, num_train_timesteps: length } = config
  if (betas && betas.length !== length) {
    const value = `${betas.length} values`
    throw new ConfigError({
      source: name,
      key: 'trained_betas',
      value,
      expected: `num_train_timesteps, ${length}, values`,
    })
  }
  return createNoiseSchedule(config, floorTerminal)
}

/**
 * Levels of a schedule by training timestep; below timestep 0, the clean picture or, if `endsClean` is false, level 0.
 * The function throws InvalidArgumentError for a timestep that was not trained.
 */
export function levelsOf({ alphaBar }: NoiseSchedule, endsClean: boolean): (timestep: number) => NoiseLevel {
  const final = endsClean ? clean : levelFromAlphaBar(alphaBar[0]!)
  return (timestep) => {
    if (timestep < 0) return final
    const value = alphaBar[timestep]
    if (value !== undefined) return levelFromAlphaBar(value)
    const expected = `a whole number from 0 to ${alphaBar.length - 1}`
    throw new InvalidArgumentError({ argument: 'timestep', value: timestep, expected })
  }
}
