import type { Subject, User, UserGroup, UserPk } from '../model/user.js'
import {
  isEncodedList, isEncodedObject, MAX_DEPTH, shapeOf, type Encoded, type EncodedContext, type EncodedObject, type EncodedShape
} from './encoded.js'
import { ModelReference } from './model-reference.js'
import { Opaque } from './opaque.js'
import type { PlanContext } from './plan-context.js'
import { Sensitive } from './sensitive.js'

/** Where a stored context's references are looked up. */
export interface ContextSource {
  /** The user, read beforehand (see `usersIn`); null or undefined where there is none any more. */
  user (pk: UserPk): User | null | undefined
  /** The secret kept under this id; undefined where it has been dropped since. */
  secret (id: string): Sensitive | undefined
}

const unreadable = (): Opaque => new Opaque('unreadable')

function groupOf (value: Encoded): UserGroup | undefined {
  if (!isEncodedObject(value)) return undefined
  const { pk, name, isSuperuser } = value
  return typeof pk === 'string' && typeof name === 'string' && typeof isSuperuser === 'boolean'
    ? { pk, name, isSuperuser }
    : undefined
}

function groupsOf (value: Encoded | undefined): UserGroup[] {
  if (!isEncodedList(value)) return []
  return value.map(groupOf).filter((group) => group !== undefined)
}

const textOf = (value: Encoded | undefined): string => typeof value === 'string' ? value : ''

class Decoding {
  readonly #source: ContextSource

  constructor (source: ContextSource) {
    this.#source = source
  }

  members (members: EncodedObject, depth: number): Record<string, unknown> {
    const decoded: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(members)) {
      if (key !== '__proto__') decoded[key] = this.#value(value, depth)
    }
    return decoded
  }

  #value (value: Encoded, depth: number): unknown {
    const shape = shapeOf(value)
    switch (shape.kind) {
      case 'scalar': return shape.value
      case 'user': return this.#source.user(shape.pk) ?? null
      case 'secret': return (shape.id === null ? undefined : this.#source.secret(shape.id)) ?? new Sensitive(undefined)
      case 'model': return new ModelReference(shape.model)
      case 'date': return Number.isNaN(Date.parse(shape.iso)) ? unreadable() : new Date(shape.iso)
      case 'bytes': return new Uint8Array(Buffer.from(shape.base64, 'base64'))
      case 'bigint': return BigInt(shape.digits)
      case 'opaque': return new Opaque(shape.text)
      default: return depth > MAX_DEPTH ? new Opaque('too deep') : this.#container(shape, depth + 1)
    }
  }

  #container (shape: EncodedShape, depth: number): unknown {
    switch (shape.kind) {
      case 'list': return shape.items.map((item) => this.#value(item, depth))
      case 'set': return new Set(shape.items.map((item) => this.#value(item, depth)))
      case 'map': return new Map(shape.entries.map(([key, value]) => [this.#value(key, depth), this.#value(value, depth)]))
      case 'members': return this.members(shape.members, depth)
      case 'subject': return this.#subject(shape.subject, depth)
      default: return unreadable()
    }
  }

  #subject (stored: EncodedObject, depth: number): Subject {
    const { attributes } = stored
    return {
      pk: null,
      uuid: textOf(stored.uuid),
      username: textOf(stored.username),
      name: textOf(stored.name),
      email: textOf(stored.email),
      isActive: stored.isActive === true,
      isSuperuser: stored.isSuperuser === true,
      groups: groupsOf(stored.groups),
      attributes: this.#attributes(attributes, depth),
      passwordChangeDate: textOf(stored.passwordChangeDate),
      hasUsablePassword: stored.hasUsablePassword === true
    }
  }

  #attributes (value: Encoded | undefined, depth: number): Record<string, unknown> {
    const shape = shapeOf(value ?? null)
    return shape.kind === 'members' && depth <= MAX_DEPTH ? this.members(shape.members, depth + 1) : {}
  }
}

/**
 * A stored context as stages and policies see it. Users are read anew from `source` (one that is gone is null), secrets
 * that have been dropped are empty, and what could not be stored is an {@link Opaque}.
 */
export function decodeContext (encoded: EncodedContext, source: ContextSource): PlanContext {
  const context: PlanContext = {}
  return Object.assign(context, new Decoding(source).members(encoded, 1))
}

function addUsers (value: Encoded, found: Set<UserPk>): void {
  const shape = shapeOf(value)
  switch (shape.kind) {
    case 'user': found.add(shape.pk); break
    case 'list': case 'set': shape.items.forEach((item) => addUsers(item, found)); break
    case 'map': shape.entries.flat().forEach((item) => addUsers(item, found)); break
    case 'members': Object.values(shape.members).forEach((item) => addUsers(item, found)); break
    case 'subject': Object.values(shape.subject).forEach((item) => addUsers(item, found)); break
  }
}

/** The keys of all users that a stored context refers to, so that they can be read before it is decoded. */
export function usersIn (encoded: EncodedContext): UserPk[] {
  const values = Object.values(encoded)
  if (values.length === 0) return []
  const found = new Set<UserPk>()
  values.forEach((value) => addUsers(value, found))
  return [...found]
}
