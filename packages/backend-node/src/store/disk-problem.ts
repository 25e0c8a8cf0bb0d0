import { LatentkitError, ModelFilesError } from '@latentkit/core'
import { StorageFullError } from '@latentkit/hub'

/** Runs something that writes below `folder`, and says in words what goes wrong. */
export async function writing<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw diskProblem(folder, error)
  }
}

function diskProblem(folder: string, error: unknown): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined || LatentkitError.isInstance(error)) return error
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StorageFullError({ store: folder, cause: error })
  const hint = ['EACCES', 'EPERM', 'EROFS'].includes(code) ? 'Choose another cache folder with HF_HUB_CACHE.' : ''
  return new ModelFilesError({ path: path ?? folder, problem: `cannot be written: ${code}`, hint, cause: error })
}

/** The value, or undefined where there is no such file. */
export async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}
