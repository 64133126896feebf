import { Type, type Static } from '@sinclair/typebox'
import { DefinitionError } from '../../errors.js'
import { StringEnum, Text } from '../../model/scalars.js'
import { compileCondition } from '../cel.js'
import type { PolicyKind, PolicyPreparation, PreparedPolicy } from '../policy-kind.js'

const options = Type.Object({
  /** A condition in CEL, or the text in another language that a function of the host stands for. */
  expression: Text(),
  language: Type.Optional(StringEnum(['cel'] as const))
}, { additionalProperties: false })

/** The options of an expression policy. */
export interface ExpressionPolicyOptions extends Static<typeof options> {}

/** A condition: CEL where the options say so, else a function that is supplied under the policy's name. */
export const expressionPolicy = {
  kind: 'expression',
  model: 'authentik_policies_expression.expressionpolicy',
  component: 'ak-policy-expression-form',
  verboseName: 'Expression Policy',
  verboseNamePlural: 'Expression Policies',
  options,
  prepare ({ name, options }, preparation) {
    const where = `Policy '${name}', field 'expression'`
    return options.language === 'cel' ? condition(where, options.expression) : suppliedFunction(where, name, preparation)
  }
} satisfies PolicyKind<typeof options>

/** Pure where it names no variable but `user`: the language has neither a clock nor chance. */
function condition (where: string, expression: string): PreparedPolicy {
  const program = compileCondition(where, expression)
  return { pure: program.usesOnlyUser, evaluate: (request) => program.evaluate(request) }
}

/** Never pure: what a function looks at cannot be seen. */
function suppliedFunction (where: string, name: string, preparation: PolicyPreparation): PreparedPolicy {
  const evaluate = preparation.functions.get(name)
  if (evaluate === undefined) {
    throw new DefinitionError(where, `it is not CEL and no function stands for it: supply one named '${name}' under the option 'policies', or write the expression in CEL and state 'language: cel'`)
  }
  return { pure: false, evaluate }
}
