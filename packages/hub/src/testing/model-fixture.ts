/** Bytes that look random and are the same each time. */
export function noiseBytes(size: number, seed = 1): Uint8Array {
  let state = seed * 2_654_435_761
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

const component = (className: string) => ['diffusers', className]
const index = JSON.stringify({
  _class_name: 'LDMSuperResolutionPipeline',
  scheduler: component('DDIMScheduler'),
  unet: component('UNet2DModel'),
  vqvae: component('VQModel'),
})

/** A repository with the file names of `CompVis/ldm-super-resolution-4x-openimages`, its weights being noise. */
export function compVisFiles(unetSize: number): Readonly<Record<string, Uint8Array | string>> {
  return {
    '.gitattributes': '*.bin filter=lfs\n',
    'README.md': '# A model\n',
    'model_index.json': index,
    'scheduler/scheduler_config.json': '{"_class_name":"DDIMScheduler"}',
    'unet/config.json': '{"_class_name":"UNet2DModel"}',
    'unet/diffusion_pytorch_model.bin': noiseBytes(unetSize, 1),
    'unet/diffusion_pytorch_model.fp16.bin': noiseBytes(unetSize >> 1, 2),
    'unet/diffusion_pytorch_model.fp16.safetensors': noiseBytes(unetSize >> 1, 3),
    'vqvae/config.json': '{"_class_name":"VQModel"}',
    'vqvae/diffusion_pytorch_model.bin': noiseBytes(unetSize >> 1, 4),
    'vqvae/diffusion_pytorch_model.fp16.bin': noiseBytes(unetSize >> 2, 5),
    'vqvae/diffusion_pytorch_model.fp16.safetensors': noiseBytes(unetSize >> 2, 6),
  }
}

/** The same model as PaddleNLP's mirror has it. */
export function paddleFiles(unetSize: number): Readonly<Record<string, Uint8Array | string>> {
  return {
    'model_index.json': index,
    'scheduler/scheduler_config.json': '{"_class_name":"DDIMScheduler"}',
    'unet/config.json': '{"_class_name":"UNet2DModel"}',
    'unet/model_state.pdparams': noiseBytes(unetSize, 7),
    'vqvae/config.json': '{"_class_name":"VQModel"}',
    'vqvae/model_state.pdparams': noiseBytes(unetSize >> 1, 8),
  }
}
