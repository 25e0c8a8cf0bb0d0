import { ConfigError } from '@latentkit/core'
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
