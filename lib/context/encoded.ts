import type { UserPk } from '../model/user.js'
import type { ModelReferenceMembers } from './model-reference.js'

/** Plain JSON. An object with a `$type` stands for a value that JSON has no form for. */
export type Encoded = string | number | boolean | null | EncodedList | EncodedObject
export type EncodedList = readonly Encoded[]
export interface EncodedObject { readonly [key: string]: Encoded }

/** A plan's context as it is stored: the root is never a tagged object, whatever its keys. */
export type EncodedContext = EncodedObject

/** Shared by all contexts without members. */
export const NOTHING: EncodedContext = Object.freeze({})

/** How deep lists and objects may be nested; the context's own members are at depth 1. */
export const MAX_DEPTH = 32

/** What an encoded value stands for. `unreadable` is a tagged object that this package did not write. */
export type EncodedShape =
  | { readonly kind: 'scalar', readonly value: string | number | boolean | null }
  | { readonly kind: 'list', readonly items: EncodedList }
  | { readonly kind: 'members', readonly members: EncodedObject }
  | { readonly kind: 'user', readonly pk: UserPk, readonly username: string, readonly email: string }
  | { readonly kind: 'subject', readonly subject: EncodedObject }
  | { readonly kind: 'secret', readonly id: string | null }
  | { readonly kind: 'model', readonly model: ModelReferenceMembers }
  | { readonly kind: 'date', readonly iso: string }
  | { readonly kind: 'bytes', readonly base64: string }
  | { readonly kind: 'bigint', readonly digits: string }
  | { readonly kind: 'set', readonly items: EncodedList }
  | { readonly kind: 'map', readonly entries: ReadonlyArray<readonly [Encoded, Encoded]> }
  | { readonly kind: 'opaque', readonly text: string }
  | { readonly kind: 'unreadable' }

const UNREADABLE: EncodedShape = { kind: 'unreadable' }

/** Tells whether an encoded value is a list. */
export function isEncodedList (value: Encoded | undefined): value is EncodedList {
  return Array.isArray(value)
}

/** Tells whether an encoded value is an object, tagged or not. */
export function isEncodedObject (value: Encoded | undefined): value is EncodedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Tells whether an encoded object stands for something other than a plain object. */
export function isTagged (value: EncodedObject): boolean {
  return Object.hasOwn(value, '$type')
}

const isText = (value: Encoded | undefined): value is string => typeof value === 'string'

function isKey (value: Encoded | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function userShape ({ pk, username, email }: EncodedObject): EncodedShape {
  return isKey(pk) && isText(username) && isText(email) ? { kind: 'user', pk, username, email } : UNREADABLE
}

function modelShape ({ app, modelName, pk, name }: EncodedObject): EncodedShape {
  return isText(app) && isText(modelName) && isKey(pk) && isText(name)
    ? { kind: 'model', model: { app, modelName, pk, name } }
    : UNREADABLE
}

function mapShape ({ entries }: EncodedObject): EncodedShape {
  if (!isEncodedList(entries)) return UNREADABLE
  const pairs: Array<readonly [Encoded, Encoded]> = []
  for (const pair of entries) {
    if (!isEncodedList(pair) || pair[0] === undefined || pair[1] === undefined) return UNREADABLE
    pairs.push([pair[0], pair[1]])
  }
  return { kind: 'map', entries: pairs }
}

const TAGGED: Readonly<Record<string, (value: EncodedObject) => EncodedShape>> = {
  user: userShape,
  model: modelShape,
  map: mapShape,
  subject: ({ subject }) => isEncodedObject(subject) ? { kind: 'subject', subject } : UNREADABLE,
  secret: ({ id }) => isText(id) || id === null ? { kind: 'secret', id } : UNREADABLE,
  date: ({ iso }) => isText(iso) ? { kind: 'date', iso } : UNREADABLE,
  bytes: ({ base64 }) => isText(base64) ? { kind: 'bytes', base64 } : UNREADABLE,
  bigint: ({ digits }) => isText(digits) && /^-?\d+$/.test(digits) ? { kind: 'bigint', digits } : UNREADABLE,
  set: ({ items }) => isEncodedList(items) ? { kind: 'set', items } : UNREADABLE,
  opaque: ({ text }) => isText(text) ? { kind: 'opaque', text } : UNREADABLE,
  object: ({ members }) => isEncodedObject(members) ? { kind: 'members', members } : UNREADABLE
}

/** What an encoded value stands for. A stored context is read with care: a wrong tag is `unreadable`, never a fault. */
export function shapeOf (value: Encoded): EncodedShape {
  if (isEncodedList(value)) return { kind: 'list', items: value }
  if (!isEncodedObject(value)) return { kind: 'scalar', value }
  if (!isTagged(value)) return { kind: 'members', members: value }
  const { $type } = value
  const read = isText($type) && Object.hasOwn(TAGGED, $type) ? TAGGED[$type] : undefined
  return read === undefined ? UNREADABLE : read(value)
}

/** An object of these members. A member named `__proto__` is left out: a later copy would make a prototype of it. */
export function objectOf<T> (members: Iterable<readonly [string, T]>): Record<string, T> {
  const kept: Array<readonly [string, T]> = []
  for (const member of members) {
    if (member[0] !== '__proto__') kept.push(member)
  }
  return Object.fromEntries(kept)
}
