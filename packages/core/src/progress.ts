/** What a long call tells while it runs. */
export type ProgressEvent =
  | {
      /** A part of the work begins. */
      readonly type: 'stage'
      readonly stage: 'load' | 'denoise' | 'decode' | 'finish'
    }
  | {
      /** A denoising step is done. */
      readonly type: 'step'
      /** Steps done, from 1. */
      readonly step: number
      /** Steps in all. */
      readonly steps: number
      /** Seconds since denoising began. */
      readonly elapsedSeconds: number
      /** Seconds that the steps left will take at the mean pace so far. */
      readonly remainingSeconds: number
    }
  | {
      /** A part of a large picture is done, within a step or of the decoding. */
      readonly type: 'tile'
      readonly stage: 'denoise' | 'decode'
      /** Tiles done in this step, from 1. */
      readonly tile: number
      readonly tiles: number
      /** Seconds since the stage began. */
      readonly elapsedSeconds: number
      /** Seconds until the stage ends, at the mean pace so far. */
      readonly remainingSeconds: number
    }
  | {
      /** A model is being fetched. */
      readonly type: 'download'
      /** The file that the latest bytes belong to, such as `unet/diffusion_pytorch_model.bin`. */
      readonly file: string
      /** Bytes of all files together that are there, those of an earlier try included. */
      readonly receivedBytes: number
      /** Bytes of all files to fetch; grows if a server does not tell sizes. */
      readonly totalBytes: number
      /** Mean of the last seconds; 0 before anything came. */
      readonly bytesPerSecond: number
      /** Seconds left at that rate; `Infinity` while nothing comes. */
      readonly remainingSeconds: number
    }
  | {
      /** Something the user should know that does not stop the work. */
      readonly type: 'warning'
      /** Stable, safe to switch on. */
      readonly code: string
      readonly message: string
    }

/** Receives progress. Called synchronously: keep it short. */
export type OnProgress = (event: ProgressEvent) => void
