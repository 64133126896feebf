import type { Subject, UserPk } from '../model/user.js'
import { MAX_DEPTH, NOTHING, objectOf, type Encoded, type EncodedContext, type EncodedObject } from './encoded.js'
import { functionText, lookAt, shortName, type Look } from './look.js'
import type { ModelReferenceMembers } from './model-reference.js'
import type { PlanContext } from './plan-context.js'
import type { Sensitive } from './sensitive.js'

/** The longest text that is stored, in UTF-16 units: a file that was sent in a body of the usual size. */
const MAX_TEXT = 262144
/** The most values in one context, members of members counted. */
const MAX_NODES = 10000
/** The most text in one context, keys counted. */
const MAX_TOTAL_TEXT = 4194304

/** Where the values of secrets go: a stored context holds their ids only. */
export interface SecretSink {
  /**
   * Keeps a secret and gives its id. Asked again for a secret that it has (the same object), it gives the same id and
   * seals nothing anew.
   */
  keep (secret: Sensitive, value: string): string
  /** Is told of every stored user that the context refers to. Defaults to nobody. */
  meet? (user: StoredSubject): void
}

/** Who is stored, as a context holds it. */
export type StoredSubject = Subject & { readonly pk: UserPk }

const opaque = (text: string): EncodedObject => ({ $type: 'opaque', text })
const TOO_LARGE = opaque('too large')

/** Encodes one context; it counts what it has stored, and knows the objects that it is inside of. */
class Encoding {
  readonly #secrets: SecretSink
  readonly #inside: object[] = []
  #nodes = MAX_NODES
  #text = MAX_TOTAL_TEXT

  constructor (secrets: SecretSink) {
    this.#secrets = secrets
  }

  context (context: PlanContext, entries: ReadonlyArray<readonly [string, unknown]>): EncodedContext {
    this.#inside.push(context)
    return objectOf(this.#members(entries.filter(([key]) => this.#fits(key.length)), 1))
  }

  #fits (length: number): boolean {
    if (length > MAX_TEXT || length > this.#text) return false
    this.#text -= length
    return true
  }

  #string (text: string): Encoded {
    return this.#fits(text.length) ? text : TOO_LARGE
  }

  #value (value: unknown, depth: number): Encoded {
    this.#nodes -= 1
    if (this.#nodes < 0) return TOO_LARGE
    switch (typeof value) {
      case 'string': return this.#string(value)
      // JSON has no negative zero: adding zero takes the sign away.
      case 'number': return Number.isFinite(value) ? value + 0 : null
      case 'boolean': return value
      case 'undefined': return null
      case 'bigint': return this.#bigint(value.toString())
      case 'symbol': return opaque(`symbol ${shortName(value.description)}`.trimEnd())
      case 'function': return opaque(functionText(value))
      case 'object': return value === null ? null : this.#object(value, depth)
    }
  }

  #bigint (digits: string): Encoded {
    return this.#fits(digits.length) ? { $type: 'bigint', digits } : TOO_LARGE
  }

  #object (value: object, depth: number): Encoded {
    if (this.#inside.includes(value)) return opaque('cycle')
    const look = lookAt(value)
    switch (look.kind) {
      case 'other': return opaque(look.text)
      case 'date': return { $type: 'date', iso: look.iso }
      case 'model': return this.#model(look.model)
      case 'secret': return this.#secret(look.secret, look.value)
      case 'bytes': return { $type: 'bytes', base64: look.base64 }
      default: return depth > MAX_DEPTH ? opaque('too deep') : this.#within(value, look, depth + 1)
    }
  }

  #secret (secret: Sensitive, value: string | undefined): Encoded {
    return { $type: 'secret', id: value === undefined ? null : this.#secrets.keep(secret, value) }
  }

  #model ({ app, modelName, pk, name }: ModelReferenceMembers): Encoded {
    if (![app, modelName, String(pk), name].every((text) => this.#fits(text.length))) return TOO_LARGE
    return { $type: 'model', app, modelName, pk, name }
  }

  #within (value: object, look: Look, depth: number): Encoded {
    this.#inside.push(value)
    const encoded = this.#container(look, depth)
    this.#inside.pop()
    return encoded
  }

  #container (look: Look, depth: number): Encoded {
    switch (look.kind) {
      case 'list': return this.#list(look.items, depth)
      case 'set': return { $type: 'set', items: this.#list(look.items, depth) }
      case 'map': return { $type: 'map', entries: look.entries.map((entry) => this.#list(entry, depth)) }
      case 'subject': return this.#subject(look.subject, depth)
      case 'members': return this.#plain(look.entries, depth)
      default: return opaque(look.kind)
    }
  }

  #list (items: readonly unknown[], depth: number): Encoded[] {
    return items.map((item) => this.#value(item, depth))
  }

  #plain (entries: ReadonlyArray<readonly [string, unknown]>, depth: number): Encoded {
    if (!entries.every(([key]) => this.#fits(key.length))) return TOO_LARGE
    const members = objectOf(this.#members(entries, depth))
    return Object.hasOwn(members, '$type') ? { $type: 'object', members } : members
  }

  #members (entries: ReadonlyArray<readonly [string, unknown]>, depth: number): Array<readonly [string, Encoded]> {
    return entries.map(([key, value]) => [key, this.#value(value, depth)])
  }

  /** Who is stored is told by key, and read anew on load; who is not is stored here as a whole. */
  #subject (subject: Subject, depth: number): Encoded {
    const { pk, uuid, username, name, email, isActive, isSuperuser, passwordChangeDate, hasUsablePassword } = subject
    if (![uuid, username, name, email, passwordChangeDate, String(pk)].every((text) => this.#fits(text.length))) return TOO_LARGE
    if (pk !== null) {
      this.#secrets.meet?.({ ...subject, pk })
      return { $type: 'user', pk, username, email }
    }
    const groups = this.#list(subject.groups, depth)
    const attributes = this.#value(subject.attributes, depth)
    const texts = { uuid, username, name, email, passwordChangeDate }
    return { $type: 'subject', subject: { pk, ...texts, isActive, isSuperuser, groups, attributes, hasUsablePassword } }
  }
}

/**
 * A plan's context as plain JSON. Users become references, secrets go to `secrets`, and what is not data (functions,
 * classes, instances, cycles) or beyond the bounds (32 levels, 1000 members of one object, 256 Ki characters of one text,
 * 10,000 values and 4 Mi characters in all) becomes a short text that says what was there. Members named `__proto__` and
 * undefined ones are left out. Never throws, but for what `secrets` throws.
 */
export function encodeContext (context: PlanContext, secrets: SecretSink): EncodedContext {
  const look = lookAt(context, Infinity)
  return look.kind !== 'members' || look.entries.length === 0 ? NOTHING : new Encoding(secrets).context(context, look.entries)
}
