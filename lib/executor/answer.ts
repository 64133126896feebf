import { KindGuard, Type, type TObject, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { Sensitive } from '../context/sensitive.js'
import { isRecord } from '../is-record.js'
import { isSensitive } from '../model/scalars.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { toWireName } from '../wire/names.js'
import { branchesOf, mismatch, NULL, REQUIRED, textFault, type Fault } from './answer-fault.js'

/** What checking a body against a schema comes to. */
export type CheckedAnswer =
  | { readonly answer: Record<string, unknown> }
  | { readonly faults: readonly [AnswerFault, ...AnswerFault[]] }

type Reading = { readonly value: unknown } | { readonly fault: Fault }

/**
 * Checks a body against the schema of an answer, and takes from it what the schema names, at every level: nothing else
 * gets through. What the schema does not describe further (a record, an unknown value) is taken as it is. Sensitive members
 * come out wrapped, and are never quoted.
 */
export function checkAnswer (schema: TObject, body: Readonly<Record<string, unknown>>): CheckedAnswer {
  const members: [string, unknown][] = []
  const faults: AnswerFault[] = []
  for (const [name, member] of Object.entries(schema.properties)) {
    const reading = readMember(name, member, body)
    if (reading === undefined) {
      if (schema.required?.includes(name) === true) faults.push({ field: name, ...REQUIRED })
    } else if ('fault' in reading) faults.push({ field: name, ...reading.fault })
    else members.push([name, reading.value])
  }
  const [first, ...others] = faults
  return first === undefined ? { answer: Object.fromEntries(members) } : { faults: [first, ...others] }
}

/** What was sent for a member, else its default; undefined where there is neither. */
function readMember (name: string, member: TSchema, body: Readonly<Record<string, unknown>>): Reading | undefined {
  const stated: unknown = member['wireName']
  const key = typeof stated === 'string' ? stated : toWireName(name)
  const sent = Object.hasOwn(body, key) ? body[key] : undefined
  if (sent !== undefined) return read(member, sent)
  return member.default === undefined ? undefined : take(member, Value.Clone(member.default))
}

function read (schema: TSchema, sent: unknown): Reading {
  if (sent === null) return Value.Check(schema, null) ? { value: null } : { fault: NULL }
  const [branch, ...others] = branchesOf(schema)
  if (branch !== undefined && others.length === 0 && !isSensitive(schema)) {
    if (KindGuard.IsObject(branch) && isRecord(sent)) return readObject(branch, sent)
    if (KindGuard.IsArray(branch) && Array.isArray(sent)) return readList(branch, branch.items, sent)
  }
  const fault = typeof sent === 'string' ? textFault(schema, sent) : undefined
  if (fault !== undefined) return { fault }
  return Value.Check(schema, sent) ? take(schema, sent) : { fault: mismatch(schema, sent) }
}

function readObject (schema: TObject, sent: Readonly<Record<string, unknown>>): Reading {
  const checked = checkAnswer(schema, sent)
  if ('answer' in checked) return { value: checked.answer }
  const { string, code } = checked.faults[0]
  return { fault: { string, code } }
}

function readList (schema: TSchema, items: TSchema, sent: readonly unknown[]): Reading {
  if (!Value.Check({ ...schema, items: Type.Unknown() }, sent)) return { fault: mismatch(schema, sent) }
  const values: unknown[] = []
  for (const item of sent) {
    const reading = read(items, item)
    if ('fault' in reading) return reading
    values.push(reading.value)
  }
  return { value: values }
}

function take (schema: TSchema, value: unknown): Reading {
  if (!isSensitive(schema) || value === null) return { value }
  return typeof value === 'string' || typeof value === 'number'
    ? { value: new Sensitive(String(value)) }
    : { fault: mismatch(schema, value) }
}
