/** Platforms that onnxruntime-node brings a runtime for, as Node names them, and as people do. */
const platforms = new Map([
  ['darwin arm64', 'macOS on Apple silicon'],
  ['linux x64', 'Linux x64'],
  ['linux arm64', 'Linux arm64'],
  ['win32 x64', 'Windows x64'],
  ['win32 arm64', 'Windows arm64'],
])

/**
 * What to do where the runtime's binary cannot be loaded.
 * @param error What loading it threw.
 * @param host Platform and architecture of this Node.
 * @returns undefined if it is another error.
 */
export function loadingHint(
  error: unknown,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): string | undefined {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  // Told by the code, since the system's words may be in the user's language.
  if (code === 'ERR_DLOPEN_FAILED' && platform === 'win32') {
    return `Install the Microsoft Visual C++ Redistributable for ${arch}: https://aka.ms/vs/17/release/vc_redist.${arch}.exe.`
  }
  // The words of musl, whichever of glibc's parts it lacks first.
  if (
    code === 'ERR_DLOPEN_FAILED' &&
    platform === 'linux' &&
    /^Error (loading shared library|relocating)/.test(message)
  ) {
    return 'This Linux has musl in place of glibc, which onnxruntime-node needs, as Alpine does: take an image that has it, such as node:24-slim.'
  }
  if (code !== 'MODULE_NOT_FOUND' || !message.includes('onnxruntime_binding.node')) return undefined
  if (platforms.has(`${platform} ${arch}`)) return 'Install onnxruntime-node again: its binary is missing.'
  if (platform === 'darwin') {
    return 'There is no onnxruntime for Node on Intel Macs: use @latentkit/backend-web in a browser. On Apple silicon install the arm64 build of Node.'
  }
  return `This is ${platform} ${arch}; onnxruntime-node runs on ${[...platforms.values()].join(', ')}.`
}
