// Copies a file's weights and is killed in the middle: node derive-process-fixture.mjs <file>, XDG_CACHE_HOME being the cache
import { basename } from 'node:path'
import { openModel } from '@latentkit/backend-node'

const path = process.argv[2]
const model = await openModel(path)
const file = await model.open(basename(path))
const make = async (write) => {
  await write(new Uint8Array(2))
  process.kill(process.pid, 'SIGKILL')
}
await model.derive({ sources: [file], recipe: 'capitals', size: file.size, make })
