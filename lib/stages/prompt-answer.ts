import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import { isSecretKey } from '../context/sanitise.js'
import { Sensitive } from '../context/sensitive.js'
import type { Prompt } from '../model/prompt.js'
import { SensitiveText } from '../model/scalars.js'
import type { PromptField } from './prompt-fields.js'
import { dataUriFault, isDate, isDateTime, isEmail, readBoolean, readInteger } from './prompt-formats.js'
import { promptText } from './prompt-text.js'
import type { AnswerFault } from './stage-result.js'

/** What became of one field: a value for the data, a fault, or neither where nothing was entered. */
export interface Reading {
  readonly value?: unknown
  readonly fault?: Pick<AnswerFault, 'string' | 'code'>
}

/** Characters that a text or a password may have. A file has the bounds of the body. */
const MAX_TEXT = 65_536

type Reader = (sent: unknown, field: PromptField) => Reading

const NOTHING: Reading = {}
const DATE_FAULT = 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'
const DATE_TIME_FAULT =
  'Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].'

const fault = (string: string, code = 'invalid'): Reading => ({ fault: { string, code } })

/** The server's value, whatever was sent. */
const serverValue: Reader = (_sent, { value }) => ({ value })

const text: Reader = (sent) => typeof sent === 'string' ? { value: sent } : fault('Not a valid string.')

/** Text in which space at the ends means nothing. */
const trimmed: Reader = (sent) => typeof sent === 'string' ? { value: sent.trim() } : fault('Not a valid string.')

const password: Reader = (sent) => sent instanceof Sensitive ? { value: sent } : fault('Not a valid string.')

const formatted = (isRight: (text: string) => boolean, message: string): Reader => (sent) => {
  if (typeof sent !== 'string') return fault('Not a valid string.')
  return isRight(sent.trim()) ? { value: sent.trim() } : fault(message)
}

const number: Reader = (sent) => {
  const value = readInteger(sent)
  return value === undefined ? fault('A valid integer is required.') : { value }
}

const checkbox: Reader = (sent) => {
  const value = readBoolean(sent)
  return value === undefined ? fault('Must be a valid boolean.') : { value }
}

const choice: Reader = (sent, { choices, prompt }) => {
  if (typeof sent === 'object') return fault('Not a valid string.')
  const chosen = choices?.find((one) => promptText(one) === promptText(sent))
  if (chosen !== undefined) return { value: chosen }
  // What is wrong goes into the history of the run.
  const quoted = isSecretKey(prompt.fieldKey) ? 'The value' : `"${promptText(sent).slice(0, 100)}"`
  return fault(`${quoted} is not a valid choice.`, 'invalid_choice')
}

const file: Reader = (sent) => {
  if (typeof sent !== 'string') return fault('Not a valid string.')
  const wrong = dataUriFault(sent)
  return wrong === undefined ? { value: sent } : fault(wrong)
}

const READERS: Readonly<Record<Prompt['type'], Reader>> = {
  text,
  text_area: text,
  text_read_only: serverValue,
  text_area_read_only: serverValue,
  username: trimmed,
  email: formatted(isEmail, 'Enter a valid email address.'),
  password,
  number,
  checkbox,
  'radio-button-group': choice,
  dropdown: choice,
  date: formatted(isDate, DATE_FAULT),
  'date-time': formatted(isDateTime, DATE_TIME_FAULT),
  file,
  separator: () => NOTHING,
  hidden: serverValue,
  static: serverValue,
  'ak-locale': text
}

/** Types that a person answers with text that is kept as it is, so that blank text is an answer too. */
const BLANK_IS_A_VALUE: ReadonlySet<Prompt['type']> = new Set(['text', 'text_area', 'email', 'ak-locale'])

/** Types whose answers are checked here alone, because forms send them as text. */
const LOOSE: ReadonlySet<Prompt['type']> = new Set(['number', 'checkbox', 'radio-button-group', 'dropdown'])

const UNANSWERED: ReadonlySet<Prompt['type']> =
  new Set(['separator', 'hidden', 'static', 'text_read_only', 'text_area_read_only'])

/** The schema of the answer: a member per field that is answered, named by its key as it is. */
export function answerSchemaOf (prompts: readonly Prompt[]): TObject {
  return Type.Object(Object.fromEntries(prompts
    .filter(({ type }) => !UNANSWERED.has(type))
    .map((prompt) => [prompt.fieldKey, isRequired(prompt) ? memberOf(prompt) : Type.Optional(memberOf(prompt))])))
}

/** Reads what was sent for one field. */
export function readField (field: PromptField, answer: Readonly<Record<string, unknown>>): Reading {
  const { type, fieldKey } = field.prompt
  const read = READERS[type]
  if (UNANSWERED.has(type)) return read(undefined, field)
  const sent = Object.hasOwn(answer, fieldKey) ? answer[fieldKey] : undefined
  if (sent === undefined) return absent(field.prompt)
  if (sent === null) return fault('This field may not be null.', 'null')
  if (isBlank(sent, type) && !isOffered(field, sent)) return blank(field.prompt)
  return read(sent, field)
}

/** A checkbox that was not ticked is not sent by a browser, so it cannot be required. */
function isRequired ({ type, required }: Prompt): boolean {
  return required && type !== 'checkbox'
}

function memberOf ({ type, fieldKey, required }: Prompt): TSchema {
  const annotations = { wireName: fieldKey, ...(required ? { blank: false } : {}) }
  if (LOOSE.has(type)) return Type.Unknown({ wireName: fieldKey })
  if (type === 'file') return Type.String(annotations)
  const bounded = { ...annotations, maxLength: MAX_TEXT }
  return type === 'password' ? SensitiveText(bounded) : Type.String(bounded)
}

function absent (prompt: Prompt): Reading {
  if (prompt.type === 'checkbox') return { value: false }
  return isRequired(prompt) ? fault('This field is required.', 'required') : NOTHING
}

function isBlank (sent: unknown, type: Prompt['type']): boolean {
  if (sent instanceof Sensitive) return (sent.reveal() ?? '') === ''
  if (type === 'username' || type === 'email') return typeof sent === 'string' && sent.trim() === ''
  return sent === '' && type !== 'checkbox'
}

function isOffered ({ choices }: PromptField, sent: unknown): boolean {
  return choices?.some((one) => promptText(one) === sent) ?? false
}

/** Blank text where nothing need be entered says so for text that is kept, and is as good as absent for the rest. */
function blank (prompt: Prompt): Reading {
  if (prompt.required) return fault('This field may not be blank.', 'blank')
  return BLANK_IS_A_VALUE.has(prompt.type) ? { value: '' } : NOTHING
}
