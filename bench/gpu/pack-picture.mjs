// pack-picture.mjs PICTURE TARGET: a picture as 128×128 plain samples, for programs that come without what reads pictures.
import { writeFile } from 'node:fs/promises'
import { readImage } from '../../packages/backend-node/dist/index.js'
import { resizeImage } from '../../packages/core/dist/index.js'

const [source, target] = process.argv.slice(2)
const { data } = resizeImage(await readImage(source), { width: 128, height: 128 }, 'bicubic')
await writeFile(target, data)
