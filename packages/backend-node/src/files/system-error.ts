/** Whether the system said no, or Node's permission model in its place. What else fails is a mistake of a program. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  const { syscall, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  return syscall !== undefined || code === 'ERR_ACCESS_DENIED'
}
