import type { UpscaleOptions } from '@latentkit/models-ldm'

/** A way to run the model: how latents are sampled, and how the picture is finished. */
export interface Variant {
  readonly name: string
  readonly sampling: Sampling
  readonly finish: Finish
}
export type Sampling = Pick<UpscaleOptions, 'steps' | 'eta' | 'scheduler'>
export type Finish = Pick<UpscaleOptions, 'colour' | 'backProjection'>

/** Nothing but the networks. */
const plain: Finish = { colour: 'none', backProjection: 0 }
/** As the model's defaults are. */
const projected: Finish = { colour: 'none', backProjection: 8 }

/** Ways to finish, with the model's own sampling. What is left out is the model's default. */
export const finishes: readonly Variant[] = [
  { name: 'model', sampling: {}, finish: plain },
  { name: 'model, wavelet', sampling: {}, finish: { colour: 'wavelet', backProjection: 0 } },
  { name: 'model, AdaIN', sampling: {}, finish: { colour: 'adain', backProjection: 0 } },
  { name: 'model, back-projection 1', sampling: {}, finish: { colour: 'none', backProjection: 1 } },
  { name: 'model, back-projection 2', sampling: {}, finish: { colour: 'none', backProjection: 2 } },
  { name: 'model, back-projection 4', sampling: {}, finish: { colour: 'none', backProjection: 4 } },
  { name: 'model, back-projection 8', sampling: {}, finish: projected },
  { name: 'model, back-projection 16', sampling: {}, finish: { colour: 'none', backProjection: 16 } },
  { name: 'model, wavelet, back-projection 8', sampling: {}, finish: { colour: 'wavelet', backProjection: 8 } },
  { name: '**model, its defaults**', sampling: {}, finish: {} },
]

/** Steps of the model's own scheduler, with less and more fresh noise. */
export const steps: readonly Variant[] = [1, 2, 4, 8, 10, 20, 50].flatMap((count) =>
  [0, 1].flatMap((eta) =>
    [plain, projected].map((finish) => ({
      name: `${count} step${count === 1 ? '' : 's'}, eta ${eta}${finish.backProjection ? ', back-projection' : ''}`,
      sampling: { steps: count, eta },
      finish,
    })),
  ),
)

/** Other schedulers, back-projected, at the model's own number of steps. */
export const schedulers: readonly Variant[] = [
  ...['ddpm', 'euler', 'euler-ancestral', 'heun', 'dpm-solver-multistep', 'uni-pc-multistep', 'lcm', 'sa-solver'],
].map((scheduler) => ({ name: scheduler, sampling: { scheduler }, finish: projected }))
