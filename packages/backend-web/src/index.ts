export * from './create-web-backend.ts'
export { DeviceLostError } from './errors/device-lost-error.ts'
export { NoWebgpuError } from './errors/no-webgpu-error.ts'
export { blobFile } from './files/blob-files.ts'
export type { FetchOptions } from './files/fetch-blob.ts'
export type { FetchNamedModelOptions } from './files/fetch-named-model.ts'
export { type FileSource, type OpenFilesOptions, openModel } from './files/open-model.ts'
export type { DrawnPicture } from './pictures/read-drawn.ts'
export { type ReadImageOptions, readImage } from './pictures/read-image.ts'
export {
  downloadBlob,
  type EncodeImageOptions,
  encodeImage,
  imageData,
  type PictureType,
  writeImage,
} from './pictures/write-image.ts'
export type { BlobFile } from './runtime/gather-weights.ts'
export type { DeviceNotice, DeviceReport, WebDevice } from './runtime/messages.ts'
export { type BrowserStoreOptions, createBrowserStore } from './store/create-browser-store.ts'
