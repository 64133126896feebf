import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import { ExpressionError } from '../errors.js'

/** Where in a text an offset is, as people count. */
export function placeIn (text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

/** Says what is wrong with an expression that does not parse or whose types do not fit. Quotes only the expression. */
export function definitionFault (fault: unknown, expression: string): string {
  if (!(fault instanceof ParseError || fault instanceof CelTypeError || fault instanceof EvaluationError)) {
    return 'the expression is not CEL'
  }
  const hint = fault.code === 'unknown_variable' ? '; there are user, context, request and flow_plan' : ''
  return `${fault.summary}${hint} (${placeIn(expression, fault.range?.start ?? 0)})`
}

/**
 * Makes the error of a failed evaluation. The evaluator's own messages quote values, and those may be secret: only its
 * code, the place, and the name of a key that is written in the expression are told.
 */
export function evaluationFault (fault: unknown, expression: string): Error {
  if (fault instanceof ExpressionError) return fault
  if (!(fault instanceof EvaluationError)) return new ExpressionError('it cannot be evaluated with these values')
  const place = fault.range === undefined ? '' : ` (${placeIn(expression, fault.range.start)})`
  return new ExpressionError(`${fault.code.replaceAll('_', ' ')}${keyOf(fault)}${place}`)
}

function keyOf (fault: EvaluationError): string {
  return fault.code === 'no_such_key' && fault.node?.op === '.' ? ` '${fault.node.args[1]}'` : ''
}
