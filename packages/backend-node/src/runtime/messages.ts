import type { TensorMessage, ValueInfo } from '@latentkit/core'
import type { Turn } from './turn.ts'
import type { WorkState } from './work-state.ts'

/** What a thread is started with. */
export interface ThreadData {
  /** Sessions are numbered from here, so that no thread has a number that an earlier one gave. */
  readonly sessionsFrom: number
  readonly state: WorkState
}

/** Requests by name: what is sent and what comes back. */
export interface Requests {
  create: {
    readonly sent: {
      readonly model: Uint8Array
      readonly device: string
      readonly threads: number | undefined
      readonly saveMemory: boolean
      /** Folder that weight files are mapped from. */
      readonly weightsFolder: string | undefined
      /** Weight files that have no place on disk. */
      readonly weightsInMemory: readonly { readonly path: string; readonly data: Uint8Array }[]
    }
    readonly answer: {
      readonly session: number
      readonly inputs: readonly ValueInfo[]
      readonly outputs: readonly ValueInfo[]
    }
  }
  run: {
    readonly sent: { readonly session: number; readonly inputs: Readonly<Record<string, TensorMessage>> }
    readonly answer: Readonly<Record<string, TensorMessage>>
  }
  release: { readonly sent: { readonly session: number }; readonly answer: null }
}

export type RequestMessage = {
  [K in keyof Requests]: {
    readonly id: number
    readonly kind: K
    readonly body: Requests[K]['sent']
    /** Where it may be withdrawn. */
    readonly turn: Turn | undefined
  }
}[keyof Requests]

export type AnswerMessage = { readonly id: number } & ({ readonly answer: unknown } | { readonly error: string })
