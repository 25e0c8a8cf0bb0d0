import { CheckpointError } from '@latentkit/core'

/** Stops the reading of a zip archive. */
export function refuseZip(file: string, problem: string): never {
  throw new CheckpointError({ file, problem, hint: 'The file is damaged or was made by hand: fetch it again.' })
}
