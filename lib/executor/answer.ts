import type { TObject, TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { Sensitive } from '../context/sensitive.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { fromWire, toWireName } from '../wire/names.js'

/** What checking a body against a schema comes to. */
export type CheckedAnswer =
  | { readonly answer: Record<string, unknown> }
  | { readonly faults: readonly AnswerFault[] }

type Fault = Pick<AnswerFault, 'string' | 'code'>

const REQUIRED: Fault = { string: 'This field is required.', code: 'required' }
const NULL: Fault = { string: 'This field may not be null.', code: 'null' }
const BLANK: Fault = { string: 'This field may not be blank.', code: 'blank' }
const NUL: Fault = { string: 'Null characters are not allowed.', code: 'invalid' }
const SURROGATE: Fault = { string: 'The text is not well-formed.', code: 'invalid' }

/**
 * Checks a body against the schema of an answer, and takes from it what the schema names: nothing else gets through.
 * Sensitive members come out wrapped, and are never quoted. The texts of faults are the original's.
 */
export function checkAnswer (schema: TObject, body: Readonly<Record<string, unknown>>): CheckedAnswer {
  const members: [string, unknown][] = []
  const faults: AnswerFault[] = []
  for (const [name, member] of Object.entries(schema.properties)) {
    const wireName: unknown = member['wireName']
    const key = typeof wireName === 'string' ? wireName : toWireName(name)
    const sent = Object.hasOwn(body, key) ? body[key] : undefined
    const value = sent === undefined && 'default' in member ? member['default'] : sent
    if (value === undefined) {
      if (schema.required?.includes(name) === true) faults.push({ field: name, ...REQUIRED })
      continue
    }
    const renamed = typeof wireName === 'string' ? value : fromWire(value)
    const fault = faultOf(member, renamed)
    if (fault === undefined) members.push([name, isSensitive(member) ? wrapped(renamed) : renamed])
    else faults.push({ field: name, ...fault })
  }
  return faults.length > 0 ? { faults } : { answer: Object.fromEntries(members) }
}

function faultOf (member: TSchema, value: unknown): Fault | undefined {
  const inText = typeof value === 'string' ? textFault(member, value) : undefined
  if (inText !== undefined) return inText
  if (Value.Check(member, value)) return undefined
  return value === null ? NULL : mismatch(member, value)
}

function textFault (member: TSchema, value: string): Fault | undefined {
  if (value.includes('\0')) return NUL
  if (!isWellFormed(value)) return SURROGATE
  const mayBeBlank = member['blank'] !== false && !(Number(member['minLength'] ?? 0) > 0)
  return value === '' && !mayBeBlank ? BLANK : undefined
}

function mismatch (member: TSchema, value: unknown): Fault {
  const { maxLength } = member
  const invalid = (string: string) => ({ string, code: 'invalid' })
  if (Array.isArray(member['enum'])) {
    const shown = typeof value === 'string' && !isSensitive(member) ? `"${value.slice(0, 100)}"` : 'The value'
    return { string: `${shown} is not a valid choice.`, code: 'invalid_choice' }
  }
  if (typeof value === 'string' && typeof maxLength === 'number' && value.length > maxLength) {
    return { string: `Ensure this field has no more than ${maxLength} characters.`, code: 'max_length' }
  }
  switch (member['type']) {
    case 'string': return invalid('Not a valid string.')
    case 'integer': return invalid('A valid integer is required.')
    case 'boolean': return invalid('Must be a valid boolean.')
    default: return invalid('Not a valid value.')
  }
}

function isSensitive (member: TSchema): boolean {
  return member['sensitive'] === true
}

function wrapped (value: unknown): unknown {
  return typeof value === 'string' || typeof value === 'number' ? new Sensitive(String(value)) : value
}

/** Whether every surrogate has its other half. */
function isWellFormed (text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
}
