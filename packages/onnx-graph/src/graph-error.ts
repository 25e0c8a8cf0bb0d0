import { LatentkitError } from '@latentkit/core'

/** A graph is being built wrongly: shapes or element types that do not fit. Code `graph`. */
export class GraphError extends LatentkitError {
  readonly operator: string

  constructor(operator: string, problem: string) {
    super('graph', `${operator}: ${problem}.`)
    this.operator = operator
  }
}
