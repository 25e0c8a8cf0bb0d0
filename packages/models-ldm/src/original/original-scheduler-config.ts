import { readTensor, type TensorEntry, type TensorIndex } from '@latentkit/checkpoints'
import { CheckpointError, type DType, widenToFloat32 } from '@latentkit/core'
import type { ConfigJson } from '../config-reader.ts'

/** The schedule of the published super-resolution model, as its `scheduler_config.json` has it. */
const published = {
  _class_name: 'DDIMScheduler',
  beta_end: 0.0155,
  beta_schedule: 'scaled_linear',
  beta_start: 0.0015,
  clip_sample: false,
  num_train_timesteps: 1000,
  prediction_type: 'epsilon',
  set_alpha_to_one: true,
  steps_offset: 1,
}

/** True if all betas are those of the published schedule within what bfloat16, the coarser half precision, keeps. */
function isPublished(betas: ArrayLike<number | bigint>): boolean {
  const { beta_start, beta_end, num_train_timesteps: count } = published
  const [first, last] = [Math.sqrt(beta_start), Math.sqrt(beta_end)]
  const beta = (i: number) => (first + ((last - first) * i) / (count - 1)) ** 2
  return (
    betas.length === count && Array.from(betas).every((value, i) => Math.abs(Number(value) / beta(i) - 1) < 2 ** -8)
  )
}

/** Most timesteps a network is trained with; every model has 1000. */
const mostTimesteps = 100_000

/**
 * The `scheduler_config.json` of an original checkpoint: with the betas that it was trained with, which CompVis' code keeps
 * beside the weights; where they are missing, with those of the published model.
 * @throws CheckpointError if the betas are no list of floating numbers.
 */
export async function originalSchedulerConfig(checkpoint: TensorIndex): Promise<ConfigJson> {
  const betas = checkpoint.tensors.get('betas')
  if (betas === undefined) return published
  const { dtype, shape } = betas
  if (
    !['float64', 'float32', 'float16', 'bfloat16'].includes(dtype) ||
    shape.length !== 1 ||
    shape[0]! > mostTimesteps ||
    shape[0] === 0
  ) {
    const problem = `is ${dtype} [${shape.join(', ')}], expected one floating number for each timestep`
    throw new CheckpointError({ file: checkpoint.name, tensor: 'betas', problem })
  }
  const read = await readTensor(betas as TensorEntry<DType>)
  const data = read.dtype === 'float64' ? read.data : widenToFloat32(read).data
  // Of a checkpoint that was halved only the schedule's rounding is left.
  if (dtype.endsWith('16') && isPublished(data)) return published
  return { ...published, num_train_timesteps: data.length, trained_betas: Array.from(data, Number) }
}
