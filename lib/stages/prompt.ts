import { Type, type Static, type TObject } from '@sinclair/typebox'
import { Sensitive } from '../context/sensitive.js'
import { PromptType } from '../model/prompt.js'
import { Nullable, Reference } from '../model/scalars.js'
import { publicMessages } from '../policies/engine.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import { optionError } from './option-error.js'
import { answerSchemaOf, readField } from './prompt-answer.js'
import { fieldsOf, promptsOf, type PromptField } from './prompt-fields.js'
import { promptText } from './prompt-text.js'
import type { Guess, StageKind, StageOf, StageTurn } from './stage-kind.js'
import { denied, passed, refused, refusedFor, type AnswerFault, type StageResult } from './stage-result.js'

const options = Type.Object({
  /** What is asked, shown by the prompts' own order. */
  fields: Type.Array(Reference('prompt')),
  /** All of them must pass before the answer is taken. */
  validationPolicies: Type.Array(Reference('policy'), { default: [] })
}, { additionalProperties: false })

/** The options of a prompt stage. */
export interface PromptStageOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({
  fields: Type.Array(Type.Object({
    fieldKey: Type.String(),
    label: Type.String(),
    type: PromptType,
    required: Type.Boolean(),
    placeholder: Type.String(),
    initialValue: Type.String(),
    order: Type.Integer(),
    subText: Type.String(),
    choices: Nullable(Type.Array(Type.String()))
  }))
})

/** Keys that would reach a prototype, or that an answer has of its own. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'component', 'step_token'])

/**
 * Asks for what its prompts say and puts the answers into `prompt_data`, by field key.
 *
 * A value already under a field's key comes before the prompt's own; `{key}__choices` gives the choices of a field.
 */
export const promptStage = {
  kind: 'prompt',
  model: 'authentik_stages_prompt.promptstage',
  component: 'ak-stage-prompt',
  formComponent: 'ak-stage-prompt-form',
  verboseName: 'Prompt Stage',
  verboseNamePlural: 'Prompt Stages',
  options,
  challengeSchema,
  answerSchema: (turn: StageTurn) => answerSchemaOf(promptsOf(turn.stage, turn.definitions)),
  check,
  challenge: async (turn) => ({ fields: (await fieldsOf(turn)).map(shown) }),
  guess,
  respond
} satisfies StageKind<typeof options, typeof challengeSchema, TObject>

function check (stage: StageOf<PromptStageOptions>, definitions: DefinitionLookup): void {
  const seen = new Set<string>()
  for (const { name, fieldKey } of promptsOf(stage, definitions)) {
    if (REFUSED_KEYS.has(fieldKey)) throw optionError(stage, 'fields', `the field key of prompt '${name}' may not be '${fieldKey}'`)
    if (seen.has(fieldKey)) throw optionError(stage, 'fields', `two prompts have the field key '${fieldKey}'; use one of them`)
    seen.add(fieldKey)
  }
}

function shown ({ prompt, value, placeholder, choices }: PromptField) {
  const { fieldKey, label, type, required, order, subText } = prompt
  return {
    fieldKey,
    label,
    type,
    required,
    placeholder,
    initialValue: type === 'password' ? '' : promptText(value),
    order,
    subText,
    choices: choices === null || choices.length === 0 ? null : choices.map(promptText)
  }
}

/** Validation policies can be asked until they agree, and a username until it is known who exists. */
function guess ({ stage, definitions }: StageTurn<PromptStageOptions>): Guess | undefined {
  const isGuess = stage.options.validationPolicies.length > 0 ||
    promptsOf(stage, definitions).some(({ type }) => type === 'username')
  return isGuess ? {} : undefined
}

async function respond (turn: StageTurn<PromptStageOptions>, answer: Readonly<Record<string, unknown>>): Promise<StageResult> {
  const fields = await fieldsOf(turn)
  const { entered, faults } = readAll(fields, answer)
  faults.push(...await takenUsernames(turn, fields, entered), ...differentPasswords(fields, entered))
  if (faults.length > 0) return refusedFor(faults)
  const data = { ...turn.context.prompt_data, ...Object.fromEntries(entered) }
  const refusal = await validate(turn, data)
  if (refusal !== undefined) return refusal
  turn.context.prompt_data = data
  return passed()
}

function readAll (fields: readonly PromptField[], answer: Readonly<Record<string, unknown>>) {
  const entered = new Map<string, unknown>()
  const faults: AnswerFault[] = []
  for (const field of fields) {
    const { fieldKey } = field.prompt
    const reading = readField(field, answer)
    if (reading.fault !== undefined) faults.push({ field: fieldKey, ...reading.fault })
    else if (reading.value !== undefined) entered.set(fieldKey, reading.value)
  }
  return { entered, faults }
}

async function takenUsernames (
  { services, subject }: StageTurn<PromptStageOptions>, fields: readonly PromptField[], entered: ReadonlyMap<string, unknown>
): Promise<AnswerFault[]> {
  const faults: AnswerFault[] = []
  for (const { prompt: { type, fieldKey } } of fields) {
    const value = entered.get(fieldKey)
    if (type !== 'username' || typeof value !== 'string') continue
    const holder = await services.users.find({ fields: ['username'], value, caseInsensitive: true })
    if (holder === undefined || holder.pk === subject?.pk) continue
    faults.push({ field: fieldKey, string: 'Username is already taken.', code: 'invalid' })
  }
  return faults
}

/** Two password fields are a password and its repetition; one, or more than two, are not compared. */
function differentPasswords (fields: readonly PromptField[], entered: ReadonlyMap<string, unknown>): AnswerFault[] {
  const texts = fields.filter(({ prompt }) => prompt.type === 'password').map(({ prompt }) => {
    const value = entered.get(prompt.fieldKey)
    return value instanceof Sensitive ? value.reveal() : undefined
  })
  if (texts.length !== 2 || texts[0] === texts[1]) return []
  return [{ field: null, string: "Passwords don't match.", code: 'invalid' }]
}

async function validate (
  turn: StageTurn<PromptStageOptions>, data: Record<string, unknown>
): Promise<StageResult | undefined> {
  const { validationPolicies } = turn.stage.options
  if (validationPolicies.length === 0) return undefined
  const outcome = await turn.askPolicies(validationPolicies, { ...turn.context, prompt_data: data })
  if (outcome.result === 'pass') return undefined
  if (outcome.result === 'error') return denied()
  const messages = publicMessages(outcome)
  if (messages.length === 0) return refused('Unknown error')
  return refusedFor(messages.map((string) => ({ field: null, string, code: 'invalid' })))
}
