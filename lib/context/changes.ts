import { ChangeError } from '../errors.js'
import { NONE } from '../none.js'
import { isEncodedList, isEncodedObject, isTagged, type Encoded, type EncodedContext, type EncodedObject } from './encoded.js'

/** One difference between two stored contexts. */
export type ContextChange =
  | { readonly op: 'add' | 'replace', readonly path: readonly string[], readonly value: Encoded }
  | { readonly op: 'remove', readonly path: readonly string[] }

/** A path as a JSON Pointer (RFC 6901). */
export function pointer (path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Whether a value is a plain object, whose members are compared one by one. Everything else changes as a whole. */
function isPlain (value: Encoded | undefined): value is EncodedObject {
  return isEncodedObject(value) && !isTagged(value)
}

function memberOf (value: EncodedObject, key: string): Encoded | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined
}

function areEqual (a: Encoded | undefined, b: Encoded | undefined): boolean {
  if (a === b) return true
  if (isEncodedList(a)) return isEncodedList(b) && a.length === b.length && a.every((item, index) => areEqual(item, b[index]))
  if (!isEncodedObject(a) || !isEncodedObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => areEqual(a[key], memberOf(b, key)))
}

function diff (before: EncodedObject, after: EncodedObject, path: readonly string[], changes: ContextChange[]): void {
  if (before === after) return
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) changes.push({ op: 'remove', path: [...path, key] })
  }
  for (const [key, value] of Object.entries(after)) {
    const old = memberOf(before, key)
    if (old === undefined) changes.push({ op: 'add', path: [...path, key], value })
    else if (isPlain(old) && isPlain(value)) diff(old, value, [...path, key], changes)
    else if (!areEqual(old, value)) changes.push({ op: 'replace', path: [...path, key], value })
  }
}

/** What must be done to `before` to have `after`. The order of members is no difference. */
export function diffContext (before: EncodedContext, after: EncodedContext): readonly ContextChange[] {
  if (before === after) return NONE
  const changes: ContextChange[] = []
  diff(before, after, [], changes)
  return changes
}

/** Makes the copies that a series of changes needs, each object's once. */
class Patching {
  readonly #copies = new Set<object>()
  readonly root: Record<string, Encoded>

  constructor (before: EncodedContext) {
    this.root = this.#copy(before)
  }

  #copy (value: EncodedObject): Record<string, Encoded> {
    const copy = { ...value }
    this.#copies.add(copy)
    return copy
  }

  /** The object that holds what the path names, ready to be written to. */
  #holder (path: readonly string[]): Record<string, Encoded> {
    let holder = this.root
    for (const key of path.slice(0, -1)) {
      const inner = memberOf(holder, key)
      if (!isPlain(inner)) throw new ChangeError(pointer(path))
      const copy = this.#copies.has(inner) ? inner : this.#copy(inner)
      holder[key] = copy
      holder = copy
    }
    return holder
  }

  apply (change: ContextChange): void {
    const key = change.path.at(-1)
    // A member of this name would become a prototype; no encoded context has one.
    if (key === undefined || change.path.includes('__proto__')) throw new ChangeError(pointer(change.path))
    const holder = this.#holder(change.path)
    if (Object.hasOwn(holder, key) === (change.op === 'add')) throw new ChangeError(pointer(change.path))
    if (change.op === 'remove') delete holder[key]
    else holder[key] = change.value
  }
}

/**
 * `before` with the changes made, in their order. `before` stays as it is, and the parts that no change names are shared
 * with it.
 *
 * @throws ChangeError where a change does not fit: it adds what is there, or names what is not
 */
export function applyChanges (before: EncodedContext, changes: readonly ContextChange[]): EncodedContext {
  if (changes.length === 0) return before
  const patching = new Patching(before)
  for (const change of changes) patching.apply(change)
  return patching.root
}
