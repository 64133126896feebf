import type { ParseResult } from '@marcbachmann/cel-js'
import { DefinitionError, ExpressionError } from '../errors.js'
import { activate, type CelFacts } from './cel-activation.js'
import { environment } from './cel-environment.js'
import { definitionFault, evaluationFault, placeIn } from './cel-faults.js'
import { inspectCel, type CelInspection } from './cel-inspection.js'
import { fromCel } from './cel-values.js'

/** The greatest length of an expression, in UTF-16 code units. */
export const CEL_MAX_LENGTH = 4096

/** An expression ready to be evaluated. */
export interface CelProgram<Result> {
  /** Whether the result depends on nothing but the user. */
  readonly usesOnlyUser: boolean
  /**
   * @throws ExpressionError where the expression cannot be evaluated: a missing key, types that do not fit, or another
   * result than was declared. The message quotes none of the values.
   */
  evaluate (facts: CelFacts): Result
}

/**
 * Makes a condition ready. It is parsed and its types are checked against the declared variables; what the types leave open
 * is checked again when it is evaluated. Sensitive values are there for it to judge.
 *
 * @param where names the definition and the field, for the error.
 * @throws DefinitionError
 */
export function compileCondition (where: string, expression: string): CelProgram<boolean> {
  const { program, variables, type } = prepare(where, expression)
  if (type !== 'bool' && !type.startsWith('dyn')) {
    throw new DefinitionError(where, `the result is of type '${type}', it must be 'bool'`)
  }
  return {
    usesOnlyUser: variables.every((variable) => variable === 'user'),
    evaluate (facts) {
      const result = run(program, expression, () => activate(variables, facts, true))
      if (typeof result !== 'boolean') throw new ExpressionError('the result is not a boolean')
      return result
    }
  }
}

/**
 * Makes an expression of any type ready whose result is shown to people: sensitive values are absent for it.
 *
 * @param where names the definition and the field, for the error.
 * @throws DefinitionError
 */
export function compileValue (where: string, expression: string): CelProgram<unknown> {
  const { program, variables } = prepare(where, expression)
  return {
    usesOnlyUser: variables.every((variable) => variable === 'user'),
    evaluate: (facts) => fromCel(run(program, expression, () => activate(variables, facts, false)))
  }
}

interface Prepared extends CelInspection {
  readonly program: ParseResult
  readonly type: string
}

function prepare (where: string, expression: string): Prepared {
  if (expression.length > CEL_MAX_LENGTH) {
    throw new DefinitionError(where, `the expression has ${expression.length} characters, at most ${CEL_MAX_LENGTH} are taken`)
  }
  const program = parse(where, expression)
  const inspection = inspectCel(program.ast)
  if (inspection.objection !== undefined) {
    throw new DefinitionError(where, `${inspection.objection.what} (${placeIn(expression, inspection.objection.at)})`)
  }
  const { type, error } = program.check()
  if (type === undefined) throw new DefinitionError(where, definitionFault(error, expression))
  return { ...inspection, program, type }
}

function parse (where: string, expression: string): ParseResult {
  try {
    return environment.parse(expression)
  } catch (fault) {
    throw new DefinitionError(where, definitionFault(fault, expression))
  }
}

function run (program: ParseResult, expression: string, variables: () => Record<string, unknown>): unknown {
  try {
    return program(variables())
  } catch (fault) {
    throw evaluationFault(fault, expression)
  }
}
