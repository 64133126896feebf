import { DefinitionError } from '../errors.js'

/** The error of a stage whose option cannot work: names the stage and the option, in code spelling. */
export function optionError (stage: { readonly kind: string, readonly name: string }, option: string, what: string): Error {
  return new DefinitionError(`Stage '${stage.name}' (${stage.kind}), ${option}`, what)
}
