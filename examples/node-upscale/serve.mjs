/** node serve.mjs [PORT]: a picture that is posted comes back four times as large, as PNG. `curl --data-binary @small.jpg localhost:8080 -o large.png` */
import { createServer } from 'node:http'
import { createNodeBackend, encodeImage, openModel, readImage, readPictureStream } from '@latentkit/backend-node'
import { LatentkitError } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

// One pipeline uses all processors and does pictures one after the other, so more than one would gain nothing.
const backend = createNodeBackend()
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
const [mostWaiting, mostBytes] = [8, 20e6]
let waiting = 0

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405, { allow: 'POST' }).end()
  if (!(Number(request.headers['content-length']) <= mostBytes)) return response.writeHead(413).end('too large\n')
  if (waiting >= mostWaiting) return response.writeHead(503, { 'retry-after': '30' }).end('too many pictures wait\n')
  waiting++
  const client = new AbortController()
  // A picture that nobody waits for any more is not made, or ended between two steps.
  response.on('close', () => client.abort())
  try {
    const small = await readImage(await readPictureStream(request), { maxPixels: 1e6 })
    const { images } = await pipeline.upscale(small, { signal: client.signal })
    response.writeHead(200, { 'content-type': 'image/png' }).end(await encodeImage(images[0], '.png'))
  } catch (error) {
    if (client.signal.aborted) return
    // Of what is wrong with the picture the sender is told; all else is for the log.
    const told = LatentkitError.isInstance(error, 'picture')
    if (!told) console.error(error)
    response.writeHead(told ? 400 : 500).end(told ? `${error.message}\n` : 'the picture could not be made\n')
  } finally {
    waiting--
  }
})
// For this machine only: what serves others stands behind something that knows them.
server.listen(Number(process.argv[2] ?? 8080), 'localhost', () =>
  console.log(`http://localhost:${server.address().port}`),
)
