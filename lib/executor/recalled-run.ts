import { isBuiltIn } from '../stages/index.js'
import type { Walk } from './walk.js'

/**
 * What a request has come to by a run that this process remembers is nothing that the run may be replied with or written by: the
 * store must be asked.
 */
export class UnaskedRunError extends Error {
  constructor () {
    super('The run is not known to be as this process remembers it')
    this.name = 'UnaskedRunError'
  }
}

/**
 * Whether nothing has come of it where what an answer leads to is thrown away. A guess counts, and what a host's own stages do
 * besides their effects, such as using up a code of somebody else's, nobody can take back.
 */
export function mayBeJudgedTwice ({ plan, current }: Walk): boolean {
  return current?.compiled.kind.guess === undefined && plan.bindings.every(({ compiled }) => isBuiltIn(compiled.kind))
}
