import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Prompt } from '../model/prompt.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import { optionError } from './option-error.js'
import { promptText } from './prompt-text.js'
import type { StageOf, StageTurn } from './stage-kind.js'

/** A prompt with what it shows in this turn. */
export interface PromptField {
  readonly prompt: Prompt
  /** What the field begins with, as it is: hidden, static and read-only fields put it into the data. */
  readonly value: unknown
  readonly placeholder: string
  /** What can be chosen; null where the type has no choices. */
  readonly choices: readonly unknown[] | null
}

const fieldsSchema = Type.Object({ fields: Type.Array(Type.String()) })

/**
 * The prompts of a stage, by order.
 *
 * @throws DefinitionError where one is not there: a field is never left out in silence.
 */
export function promptsOf (stage: StageOf<unknown>, definitions: DefinitionLookup): readonly Prompt[] {
  const { options } = stage
  if (!Value.Check(fieldsSchema, options)) throw optionError(stage, 'fields', 'must be a list of prompts')
  return options.fields
    .map((pk) => definitions.prompt(pk) ?? missing(stage, pk))
    .sort((one, other) => one.order - other.order)
}

/** The fields of a stage with their values, placeholders and choices. */
export function fieldsOf (turn: StageTurn): Promise<readonly PromptField[]> {
  return Promise.all(promptsOf(turn.stage, turn.definitions).map((prompt) => fieldOf(turn, prompt)))
}

/** Whether the type offers choices. */
export function hasChoices (type: Prompt['type']): boolean {
  return type === 'radio-button-group' || type === 'dropdown'
}

/** What earlier stages or the host have put under a key; undefined where there is nothing. */
export function ownData ({ context }: StageTurn, key: string): unknown {
  const data = context.prompt_data ?? {}
  return Object.hasOwn(data, key) ? data[key] : undefined
}

async function fieldOf (turn: StageTurn, prompt: Prompt): Promise<PromptField> {
  const value = ownData(turn, prompt.fieldKey) ?? await written(turn, prompt, 'initialValue')
  const placeholder = ownData(turn, `${prompt.fieldKey}__choices`) ?? await written(turn, prompt, 'placeholder')
  if (!hasChoices(prompt.type)) return { prompt, value, placeholder: promptText(placeholder), choices: null }
  const choices = choicesFrom(placeholder)
  // The placeholder of a choice is its choices, so none is shown.
  return { prompt, value: isChoice(choices, value) ? value : choices[0] ?? '', placeholder: '', choices }
}

/** What the prompt's definition says: its function's answer, else its text, which also stands in where the function fails. */
async function written (turn: StageTurn, prompt: Prompt, field: 'initialValue' | 'placeholder'): Promise<unknown> {
  const byFunction = field === 'initialValue' ? prompt.initialValueExpression : prompt.placeholderExpression
  const evaluate = byFunction ? turn.definitions.promptFunction(prompt.pk, field) : undefined
  if (evaluate === undefined) return prompt[field]
  const { subject: user, context, http, services } = turn
  try {
    return await evaluate({ user, context, http, services })
  } catch (error) {
    // The message may quote what was typed: only the class of the error is told.
    services.log.warn({ prompt: prompt.name, field, error: error instanceof Error ? error.name : typeof error },
      'A prompt expression failed; its text is shown')
    return prompt[field]
  }
}

function choicesFrom (value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === '' || value === null || value === undefined ? [] : [value]
}

/** Choices are compared as they are shown, because that is how a browser sends them. */
function isChoice (choices: readonly unknown[], value: unknown): boolean {
  return choices.some((choice) => promptText(choice) === promptText(value))
}

function missing (stage: StageOf<unknown>, pk: string): never {
  throw optionError(stage, 'fields', `there is no prompt ${pk}`)
}
