import { KindGuard, type TSchema } from '@sinclair/typebox'
import { isSensitive } from '../model/scalars.js'
import type { AnswerFault } from '../stages/stage-result.js'

/** What was wrong with one member of an answer. The texts are the original's. */
export type Fault = Pick<AnswerFault, 'string' | 'code'>

export const REQUIRED: Fault = { string: 'This field is required.', code: 'required' }
export const NULL: Fault = { string: 'This field may not be null.', code: 'null' }
const BLANK: Fault = { string: 'This field may not be blank.', code: 'blank' }
const NUL: Fault = { string: 'Null characters are not allowed.', code: 'invalid' }
const SURROGATE: Fault = { string: 'The text is not well-formed.', code: 'invalid' }

const WRONG_TYPE: Readonly<Record<string, Fault>> = {
  string: { string: 'Not a valid string.', code: 'invalid' },
  integer: { string: 'A valid integer is required.', code: 'invalid' },
  number: { string: 'A valid number is required.', code: 'invalid' },
  boolean: { string: 'Must be a valid boolean.', code: 'invalid' }
}
const WRONG: Fault = { string: 'Not a valid value.', code: 'invalid' }
const NOT_AN_ADDRESS: Fault = { string: 'Enter a valid email address.', code: 'invalid' }

/** What a schema allows beside null: one schema, unless it is a union. */
export function branchesOf (schema: TSchema): readonly TSchema[] {
  return KindGuard.IsUnion(schema) ? schema.anyOf.filter((branch) => !KindGuard.IsNull(branch)) : [schema]
}

/** What is wrong with any text, whatever else its schema says. */
export function textFault (schema: TSchema, text: string): Fault | undefined {
  if (text.includes('\0')) return NUL
  if (/\p{Cs}/u.test(text)) return SURROGATE
  return text === '' && !mayBeBlank(schema) ? BLANK : undefined
}

function mayBeBlank (schema: TSchema): boolean {
  return [schema, ...branchesOf(schema)].every(({ blank, minLength }) => blank !== false && !(Number(minLength ?? 0) > 0))
}

/** What is wrong with a value that is not what its schema asks for. */
export function mismatch (schema: TSchema, value: unknown): Fault {
  const branches = branchesOf(schema)
  const [branch = schema] = branches
  if (Array.isArray(branch['enum']) || branches.every((literal) => KindGuard.IsLiteral(literal))) return noChoice(schema, value)
  switch (typeof value) {
    case 'string': return lengthFault(branch, value) ?? textMismatch(branch, value)
    case 'number': return rangeFault(branch, value) ?? wrongType(branch, value)
    default: return wrongType(branch, value)
  }
}

function textMismatch (branch: TSchema, value: string): Fault {
  if (branch.type !== 'string') return wrongType(branch, value)
  return branch['format'] === 'email' ? NOT_AN_ADDRESS : WRONG
}

function noChoice (schema: TSchema, value: unknown): Fault {
  const isShown = !isSensitive(schema) && ['string', 'number', 'boolean'].includes(typeof value)
  return { string: `${isShown ? `"${String(value).slice(0, 100)}"` : 'The value'} is not a valid choice.`, code: 'invalid_choice' }
}

function lengthFault ({ minLength, maxLength }: TSchema, { length }: string): Fault | undefined {
  if (length > Number(maxLength)) {
    return { string: `Ensure this field has no more than ${maxLength} characters.`, code: 'max_length' }
  }
  return length < Number(minLength)
    ? { string: `Ensure this field has at least ${minLength} characters.`, code: 'min_length' }
    : undefined
}

function rangeFault ({ minimum, maximum }: TSchema, value: number): Fault | undefined {
  if (value > Number(maximum)) {
    return { string: `Ensure this value is less than or equal to ${maximum}.`, code: 'max_value' }
  }
  return value < Number(minimum)
    ? { string: `Ensure this value is greater than or equal to ${minimum}.`, code: 'min_value' }
    : undefined
}

function wrongType ({ type }: TSchema, value: unknown): Fault {
  const name = typeName(value)
  if (type === 'array' && name !== 'list') {
    return { string: `Expected a list of items but got type "${name}".`, code: 'not_a_list' }
  }
  if (type === 'object' && name !== 'dict') {
    return { string: `Invalid data. Expected a dictionary, but got ${name}.`, code: 'invalid' }
  }
  return typeof type === 'string' && Object.hasOwn(WRONG_TYPE, type) ? WRONG_TYPE[type] ?? WRONG : WRONG
}

/** The type of a JSON value as the original's texts call it. */
function typeName (value: unknown): string {
  switch (typeof value) {
    case 'string': return 'str'
    case 'number': return Number.isInteger(value) ? 'int' : 'float'
    case 'boolean': return 'bool'
    default: return Array.isArray(value) ? 'list' : 'dict'
  }
}
