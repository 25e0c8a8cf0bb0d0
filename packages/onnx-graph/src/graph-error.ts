import { LatentkitError } from '@latentkit/core'

/** A graph is being built wrongly: shapes or element types that do not fit. Code `graph`. */
export class GraphError extends LatentkitError {
  static override readonly code = 'graph'
  readonly operator: string

  constructor(operator: string, problem: string) {
    super(new.target.code, `${operator}: ${problem}.`)
    this.operator = operator
  }
}
