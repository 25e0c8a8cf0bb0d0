/** What to do where a system gives a process no more threads: users of shared servers and containers have few. */
export const moreThreadsHint =
  'Let this process have more threads (`ulimit -u`, or the limit of processes of its container).'

/**
 * What to do where the runtime's thread cannot be started, or cannot start others.
 * @param problem What Node or the runtime said.
 * @returns undefined if it is something else.
 */
export function threadHint(problem: string): string | undefined {
  if (/cannot be started: .*EAGAIN|pthread_create failed/.test(problem)) return moreThreadsHint
  if (problem.includes('uv_cwd'))
    return 'The folder that this process works in has been removed: start it in another one.'
  // A bundle has the code of this package alone, and as CommonJS not even its place.
  if (/Cannot find module .*runtime-worker|cannot be started: Invalid URL/.test(problem)) {
    return 'Was this program bundled? Leave @latentkit/backend-node out of the bundle, and install it where the program runs.'
  }
  return undefined
}
