import { expect, test } from 'vitest'
import { loadingHint } from './loading-hint.ts'

const missing = (platform: string, arch: string) => {
  const message = `Cannot find module '../bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node'`
  return Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' })
}
const refused = Object.assign(new Error('Das angegebene Modul wurde nicht gefunden.'), { code: 'ERR_DLOPEN_FAILED' })

test.each([
  ['darwin', 'x64', /^There is no onnxruntime for Node on Intel Macs: use @latentkit\/backend-web in a browser\./],
  ['win32', 'ia32', /^This is win32 ia32; onnxruntime-node runs on macOS on Apple silicon, .*, Windows arm64\.$/],
  ['freebsd', 'x64', /^This is freebsd x64; onnxruntime-node runs on .*Linux x64, Linux arm64, /],
  ['linux', 'x64', /^Install onnxruntime-node again/],
] as const)('a platform without a binary: %s %s', (platform, arch, hint) => {
  expect(loadingHint(missing(platform, arch), { platform, arch })).toMatch(hint)
})

test.each(['x64', 'arm64'] as const)('Windows %s without the libraries of Visual C++', (arch) => {
  const hint = `Install the Microsoft Visual C++ Redistributable for ${arch}: https://aka.ms/vs/17/release/vc_redist.${arch}.exe.`
  expect(loadingHint(refused, { platform: 'win32', arch })).toBe(hint)
})

test.each([
  'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/libonnxruntime.so.1)',
  'Error relocating /app/libonnxruntime.so.1: __vsnprintf_chk: symbol not found',
])('a Linux without glibc: %s', (message) => {
  const error = Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' })
  expect(loadingHint(error, { platform: 'linux', arch: 'x64' })).toMatch(
    /musl in place of glibc.* such as node:24-slim\.$/,
  )
})

test('nothing is said of other errors', () => {
  const other = Object.assign(new Error("Cannot find module 'onnxruntime-common'"), { code: 'MODULE_NOT_FOUND' })
  for (const error of [undefined, new Error('x'), other]) {
    expect(loadingHint(error, { platform: 'darwin', arch: 'x64' })).toBeUndefined()
  }
  expect(loadingHint(refused, { platform: 'linux', arch: 'x64' })).toBeUndefined()
})
