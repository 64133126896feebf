import type { TObject, TSchema } from '@sinclair/typebox'
import { encodeContext } from '../context/codec.js'
import { objectOf, shapeOf, type Encoded, type EncodedContext } from '../context/encoded.js'
import { isSecretKey, sanitiseContext } from '../context/sanitise.js'
import { MASK, redact } from '../context/sensitive.js'
import { isSensitive } from '../model/scalars.js'
import { isPlainObject } from '../plain-object.js'
import type { StageKind } from '../stages/stage-kind.js'
import { toWireName } from '../wire/names.js'
import { maskedUrl } from './masked-url.js'

/** Headers that a recording keeps; the rest may hold cookies and tokens of any name. */
const KEPT_HEADERS = ['accept', 'accept-language', 'user-agent']

/** Plain data with what a key calls secret masked. */
export function maskedData (data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return sanitiseContext(encodeContext(data, { keep: () => 'masked' }))
}

export function maskedHeaders (headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(KEPT_HEADERS.flatMap((name) => typeof headers[name] === 'string' ? [[name, headers[name]]] : []))
}

/** Characters that a secret has at least where quotations of it are masked, since any text may hold a shorter one. */
const SHORTEST_QUOTED = 4

/**
 * A challenge with what its schema marks as sensitive and what a key calls secret masked, in its URLs too, and without what is
 * quoted of the given secrets.
 */
export function maskedChallenge (
  body: Readonly<Record<string, unknown>>, kinds: Iterable<StageKind>, secrets: readonly string[]
): Record<string, unknown> {
  const masked = maskedData(maskedFields(body))
  for (const { component, challengeSchema } of kinds) {
    if (component === body['component']) for (const name of sensitiveMembers(challengeSchema)) if (name in masked) masked[name] = MASK
  }
  const quotable = secrets.filter(({ length }) => length >= SHORTEST_QUOTED)
  return membersWith(masked, (text) => redact(maskedUrl(text), quotable))
}

/** What the inspector shows of a context, with the secrets of its URLs masked. */
export function maskedUrls (shown: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return membersWith(shown, maskedUrl)
}

function membersWith (
  members: Readonly<Record<string, unknown>>, change: (text: string) => string
): Record<string, unknown> {
  return objectOf(Object.entries(members).map(([key, value]) => [key, textsWith(value, change)]))
}

/** Plain data with every text changed. */
function textsWith (value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => textsWith(item, change))
  return isPlainObject(value) ? membersWith(value, change) : value
}

/** A challenge without what the fields of a form hold whose keys call it secret: the person may see it, others may not. */
export function maskedFields (body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { fields } = body
  return Array.isArray(fields) ? { ...body, fields: fields.map(maskedField) } : body
}

function maskedField (field: unknown): unknown {
  if (!isPlainObject(field) || typeof field['field_key'] !== 'string' || !isSecretKey(field['field_key'])) return field
  const held = HELD_BY_FIELDS.filter((member) => field[member] !== null && field[member] !== undefined && field[member] !== '')
  return { ...field, ...Object.fromEntries(held.map((member) => [member, MASK])) }
}

const HELD_BY_FIELDS = ['initial_value', 'placeholder', 'choices']

function sensitiveMembers (schema: TObject | undefined): string[] {
  return Object.entries(schema?.properties ?? {}).filter(([, member]) => isSensitive(member)).map(([name]) => toWireName(name))
}

/** Whether a member of an answer is a secret, by its schema or its name. */
export function isSecretMember (name: string, schema: TSchema | undefined): boolean {
  return isSecretKey(name) || (schema !== undefined && isSensitive(schema))
}

/** A stored context with what a key or a URL calls secret gone. What was sealed is gone anyway: only its id is there. */
export function maskedContext (context: EncodedContext): EncodedContext {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key, maskedMember(key, value)]))
}

function maskedMember (key: string, value: Encoded): Encoded {
  if (isSecretKey(key)) return GONE
  const shape = shapeOf(value)
  switch (shape.kind) {
    case 'list': return shape.items.map(maskedItem)
    case 'set': return { $type: 'set', items: shape.items.map(maskedItem) }
    case 'map': return { $type: 'map', entries: shape.entries.map(([name, item]) => [name, maskedMember(keyText(name), item)]) }
    case 'members': return value === shape.members
      ? maskedContext(shape.members)
      : { $type: 'object', members: maskedContext(shape.members) }
    case 'secret': return GONE
    case 'scalar': return typeof shape.value === 'string' ? maskedUrl(shape.value) : shape.value
    default: return value
  }
}

const GONE: Encoded = { $type: 'secret', id: null }

const maskedItem = (item: Encoded): Encoded => maskedMember('', item)

const keyText = (key: Encoded): string => typeof key === 'string' ? key : ''
