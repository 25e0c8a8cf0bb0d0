// The real worker, which also tells how large its WebAssembly memory has become. That never shrinks: its size is its peak.
import '../../dist/runtime-worker.js'

const memories = new Set()
const Memory = WebAssembly.Memory
WebAssembly.Memory = class extends Memory {
  constructor(size) {
    super(size)
    memories.add(this)
  }
}
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name]
  WebAssembly[name] = async (...given) => {
    const result = await original(...given)
    for (const value of Object.values((result.instance ?? result).exports)) {
      if (value instanceof Memory) memories.add(value)
    }
    return result
  }
}

addEventListener('message', ({ data }) => {
  if (!data.tellMemory) return
  const bytes = [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  postMessage({ wasmMemory: bytes })
})
