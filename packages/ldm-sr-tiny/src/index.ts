/**
 * Where the model's files lie, by their paths in diffusers layout: for `openModel` of a backend. Written out one by one so
 * that bundlers find them.
 */
export const modelFiles: Readonly<Record<string, URL>> = {
  'model_index.json': new URL('../model/model_index.json', import.meta.url),
  'latentkit.json': new URL('../model/latentkit.json', import.meta.url),
  'scheduler/scheduler_config.json': new URL('../model/scheduler/scheduler_config.json', import.meta.url),
  'unet/config.json': new URL('../model/unet/config.json', import.meta.url),
  'unet/diffusion_pytorch_model.safetensors': new URL(
    '../model/unet/diffusion_pytorch_model.safetensors',
    import.meta.url,
  ),
  'vqvae/config.json': new URL('../model/vqvae/config.json', import.meta.url),
  'vqvae/diffusion_pytorch_model.safetensors': new URL(
    '../model/vqvae/diffusion_pytorch_model.safetensors',
    import.meta.url,
  ),
}
