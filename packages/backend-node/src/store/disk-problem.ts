import { LatentkitError, ModelFilesError } from '@latentkit/core'
import { StorageFullError } from '@latentkit/hub'
import { isBusy } from '../files/patiently.ts'
import { isSystemError } from '../files/system-error.ts'

/** Runs something that writes below `folder`, and says in words what goes wrong. */
export async function writing<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw diskProblem(folder, error, 'written', 'Choose another cache folder with HF_HUB_CACHE.')
  }
}

/** Runs something that reads at or below `path`, and says in words what goes wrong. */
export async function reading<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw diskProblem(path, error, 'read', 'Let this user read it, or choose another place.')
  }
}

/** @param refused What to do where the system does not allow it. */
function diskProblem(where: string, error: unknown, verb: 'read' | 'written', refused: string): unknown {
  const {
    code,
    syscall = '',
    path: source = where,
    dest: path = source,
  } = error as NodeJS.ErrnoException & { dest?: string }
  if (code === undefined || !isSystemError(error) || LatentkitError.isInstance(error)) return error
  if (code === 'ERR_ACCESS_DENIED') {
    const flag = verb === 'read' ? '--allow-fs-read' : '--allow-fs-write'
    return new ModelFilesError({
      path,
      problem: `may not be ${verb}: Node was started without ${flag} for it`,
      cause: error,
    })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StorageFullError({ store: where, cause: error })
  if (code === 'ENOENT' && verb === 'read') return new ModelFilesError({ path, problem: 'no such file', cause: error })
  const isRefused = ['EACCES', 'EPERM', 'EROFS'].includes(code)
  const isInTheWay = ['EEXIST', 'EISDIR', 'ENOTDIR', 'ELOOP'].includes(code)
  // Of a folder that may not be written Windows refuses the first thing already, to open a file in it.
  const isInUse = isBusy(error) && (code === 'EBUSY' || ['rename', 'unlink'].includes(syscall))
  const hint = isInUse
    ? 'Another program has it open: close that, and try again.'
    : isRefused
      ? refused
      : isInTheWay
        ? 'Something else lies in its place.'
        : ''
  return new ModelFilesError({ path, problem: `cannot be ${verb}: ${code}`, hint, cause: error })
}

/** The value, or undefined where there is no such file. */
export async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined
    throw error
  })
}
