export * from './create-web-backend.ts'
export { DeviceLostError } from './errors/device-lost-error.ts'
export type { BlobFile } from './runtime/gather-weights.ts'
export type { DeviceNotice, DeviceReport, WebDevice } from './runtime/messages.ts'
