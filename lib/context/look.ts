import { types } from 'node:util'
import type { Subject } from '../model/user.js'
import { ModelReference, type ModelReferenceMembers } from './model-reference.js'
import { Opaque } from './opaque.js'
import { Sensitive } from './sensitive.js'

/** The most members of a list or an object that are stored. */
const MAX_MEMBERS = 1000
/** The most bytes of one value that are stored. */
const MAX_BYTES = 65536

/** What was found at an object of whatever origin. Members are as they were read, once. */
export type Look =
  | { readonly kind: 'subject', readonly subject: Subject }
  | { readonly kind: 'secret', readonly secret: Sensitive, readonly value: string | undefined }
  | { readonly kind: 'model', readonly model: ModelReferenceMembers }
  | { readonly kind: 'date', readonly iso: string }
  | { readonly kind: 'bytes', readonly base64: string }
  | { readonly kind: 'list', readonly items: readonly unknown[] }
  | { readonly kind: 'set', readonly items: readonly unknown[] }
  | { readonly kind: 'map', readonly entries: ReadonlyArray<readonly [unknown, unknown]> }
  | { readonly kind: 'members', readonly entries: ReadonlyArray<readonly [string, unknown]> }
  | { readonly kind: 'other', readonly text: string }

const other = (text: string): Look => ({ kind: 'other', text })
const TOO_LARGE = other('too large')

/** A name as it may stand in a short text. */
export function shortName (name: unknown): string {
  return typeof name === 'string' ? name.slice(0, 80).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '') : ''
}

/** `function notify`, `class Foo`, or `function` where there is no name. */
export function functionText (value: Function): string {
  try {
    const word = Function.prototype.toString.call(value).startsWith('class') ? 'class' : 'function'
    return `${word} ${shortName(value.name)}`.trimEnd()
  } catch {
    return 'function'
  }
}

function instanceText (value: object): string {
  const { constructor } = value
  return `instance of ${shortName(typeof constructor === 'function' ? constructor.name : '') || 'unknown'}`
}

/** The member, or a word for it where reading it throws. */
function read (value: object, key: string): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return new Opaque('unreadable')
  }
}

/** Whether an object holds nothing but members: its prototype is that of a literal, or has nothing to give. */
function isPlain (value: object): boolean {
  const prototype: object | null = Reflect.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Reflect.getPrototypeOf(prototype) === null && Reflect.ownKeys(prototype).length === 0
}

type Found<T> = Partial<Record<keyof T, unknown>>

/** Whether everything that tells a user from other objects is there. */
function isSubject (found: Found<Subject>): found is Subject {
  const { pk } = found
  return typeof found.uuid === 'string' && typeof found.username === 'string' && typeof found.name === 'string' &&
    typeof found.email === 'string' && typeof found.isActive === 'boolean' && typeof found.isSuperuser === 'boolean' &&
    typeof found.hasUsablePassword === 'boolean' && typeof found.passwordChangeDate === 'string' &&
    typeof found.attributes === 'object' && found.attributes !== null && Array.isArray(found.groups) &&
    (pk === null || typeof pk === 'string' || (typeof pk === 'number' && Number.isFinite(pk)))
}

/** Users are told by their members, whatever class a host's user store makes them of. */
function lookAtSubject (value: object): Look | undefined {
  const found: Found<Subject> = value
  if (typeof found.uuid !== 'string') return undefined
  const { pk, uuid, username, name, email, isActive, isSuperuser, attributes, passwordChangeDate, hasUsablePassword } = found
  const groups = Array.isArray(found.groups) ? listed(found.groups, MAX_MEMBERS) : undefined
  const subject = {
    pk, uuid, username, name, email, isActive, isSuperuser, groups, attributes, passwordChangeDate, hasUsablePassword
  }
  return isSubject(subject) ? { kind: 'subject', subject } : undefined
}

function lookAtDate (value: Date): Look {
  const time = Date.prototype.getTime.call(value)
  return Number.isNaN(time) ? other('invalid date') : { kind: 'date', iso: new Date(time).toISOString() }
}

function lookAtModel ({ app, modelName, pk, name }: ModelReference): Look | undefined {
  if (typeof app !== 'string' || typeof modelName !== 'string' || typeof name !== 'string') return undefined
  const isKey = typeof pk === 'string' || Number.isFinite(pk)
  return isKey ? { kind: 'model', model: { app, modelName, pk, name } } : undefined
}

/** The items, or undefined where there are too many. Iterators are those of the language, not the value's own. */
function take<T> (iterator: Iterable<T>): T[] | undefined {
  const items: T[] = []
  for (const item of iterator) {
    if (items.length === MAX_MEMBERS) return undefined
    items.push(item)
  }
  return items
}

function lookAtSet (value: ReadonlySet<unknown>): Look {
  const items = take(Set.prototype.values.call(value))
  return items === undefined ? TOO_LARGE : { kind: 'set', items }
}

function lookAtMap (value: ReadonlyMap<unknown, unknown>): Look {
  const entries = take(Map.prototype.entries.call(value))
  return entries === undefined ? TOO_LARGE : { kind: 'map', entries }
}

function lookAtBytes (value: Uint8Array): Look {
  const { buffer, byteOffset, byteLength } = value
  if (byteLength > MAX_BYTES) return TOO_LARGE
  return { kind: 'bytes', base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64') }
}

/** As many items as there are, `limit` at the most; a hole is undefined. */
function listed (value: readonly unknown[], limit: number): unknown[] {
  return Array.from({ length: Math.min(value.length, limit) }, (_item, index) => read(value, String(index)))
}

function lookAtList (value: readonly unknown[]): Look {
  return value.length > MAX_MEMBERS ? TOO_LARGE : { kind: 'list', items: listed(value, MAX_MEMBERS) }
}

/** The members of a plain object, `__proto__` and undefined ones left out. */
function lookAtMembers (value: object, limit: number): Look {
  const keys = Object.keys(value)
  if (keys.length > limit) return TOO_LARGE
  const entries: Array<readonly [string, unknown]> = []
  for (const key of keys) {
    const member = key === '__proto__' ? undefined : read(value, key)
    if (member !== undefined) entries.push([key, member])
  }
  return { kind: 'members', entries }
}

/** What a class of this package stands for. */
function lookAtOwn (value: object): Look | undefined {
  if (value instanceof Sensitive) return { kind: 'secret', secret: value, value: value.reveal() }
  if (value instanceof ModelReference) return lookAtModel(value)
  if (value instanceof Opaque && typeof value.text === 'string') return other(value.text.slice(0, 200))
  return undefined
}

function lookAtKnown (value: object, limit: number): Look {
  const own = lookAtOwn(value)
  if (own !== undefined) return own
  if (Array.isArray(value)) return lookAtList(value)
  if (types.isDate(value)) return lookAtDate(value)
  if (types.isUint8Array(value)) return lookAtBytes(value)
  if (types.isSet(value)) return lookAtSet(value)
  if (types.isMap(value)) return lookAtMap(value)
  return lookAtSubject(value) ?? (isPlain(value) ? lookAtMembers(value, limit) : other(instanceText(value)))
}

/**
 * Looks at an object of whatever origin. Runs no code of the object's but its getters, and never throws: what can't be
 * read is `unreadable`.
 */
export function lookAt (value: object, limit = MAX_MEMBERS): Look {
  try {
    return lookAtKnown(value, limit)
  } catch {
    return other('unreadable')
  }
}
