import { createWebBackend, openModel } from '@latentkit/backend-web'
import { measure } from './measure.mjs'

globalThis.measure = (backendOptions, size) => measure({ backend: createWebBackend(backendOptions), openModel }, size)
document.title = 'ready'
