import { DefinitionError } from '../errors.js'
import type { Prompt } from '../model/prompt.js'
import { compileValue } from './cel.js'
import type { PromptFunction, PromptFunctions } from './prompt-function.js'

type Field = keyof PromptFunctions

/**
 * Makes the expressions of a prompt ready: CEL where the prompt says so, else the functions that are supplied under its
 * name. Where a text is no expression, there is no function for it.
 *
 * @throws DefinitionError where an expression is wrong or no function stands for it.
 */
export function preparePrompt (prompt: Prompt, functions: PromptFunctions | undefined): PromptFunctions {
  return {
    ...(prompt.initialValueExpression ? { initialValue: expressionOf(prompt, 'initialValue', functions) } : {}),
    ...(prompt.placeholderExpression ? { placeholder: expressionOf(prompt, 'placeholder', functions) } : {})
  }
}

function expressionOf (prompt: Prompt, field: Field, functions: PromptFunctions | undefined): PromptFunction {
  const where = `Prompt '${prompt.name}', field '${field}'`
  if (prompt.language === 'cel') {
    const program = compileValue(where, prompt[field])
    return (request) => program.evaluate(request)
  }
  const supplied = functions?.[field]
  if (supplied === undefined) {
    throw new DefinitionError(where, `it is an expression, not CEL, and no function stands for it: supply '${field}' for '${prompt.name}' under the option 'prompts', or write the expression in CEL and state 'language: cel'`)
  }
  return supplied
}
