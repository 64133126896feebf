import type { User } from '../model/user.js'
import type { UserField, UserQuery } from './user-store.js'

/** The letter case that look-ups without case compare in. */
export function foldCase (text: string): string {
  return text.toLowerCase()
}

/** What of a user the keys of an index are made of. */
type Indexed = Pick<User, 'username' | 'email' | 'attributes'>

function valueOf (user: Indexed, field: UserField): string {
  if (field !== 'upn') return user[field]
  const upn = user.attributes.upn
  return typeof upn === 'string' ? upn : ''
}

/** What users are found under by a field's value. */
export function indexKey (field: UserField, value: string, caseInsensitive: boolean): string {
  return caseInsensitive ? `${field} folded ${foldCase(value)}` : `${field} exact ${value}`
}

/** Every key that a user is found under; a blank field identifies nobody. */
export function indexKeysOf (user: Indexed): string[] {
  const fields: readonly UserField[] = ['username', 'email', 'upn']
  return fields.filter((field) => valueOf(user, field) !== '').flatMap((field) => {
    const value = valueOf(user, field)
    return [indexKey(field, value, false), indexKey(field, value, true)]
  })
}

/**
 * Finds users by field in constant time. Where several share a value, whoever had it first is found, so that nobody
 * takes a name over by entering it into a profile later.
 */
export class UserIndex {
  readonly #holders = new Map<string, Set<number>>()

  /** Takes a changed user over: keys that stay keep their place in the queue. */
  replace (pk: number, before: User | undefined, after: User | undefined): void {
    const old = before === undefined ? [] : indexKeysOf(before)
    const fresh = after === undefined ? [] : indexKeysOf(after)
    for (const key of old) if (!fresh.includes(key)) this.#remove(key, pk)
    for (const key of fresh) this.#add(key, pk)
  }

  /** The primary key of the user that one of the fields matches; of several the lowest, which is the oldest user. */
  find (query: UserQuery): number | undefined {
    const matches = query.fields.flatMap((field) => this.#first(indexKey(field, query.value, query.caseInsensitive)))
    return matches.length === 0 ? undefined : Math.min(...matches)
  }

  #first (key: string): number[] {
    const first = this.#holders.get(key)?.values().next()
    return first?.done === false ? [first.value] : []
  }

  #add (key: string, pk: number): void {
    const holders = this.#holders.get(key)
    if (holders === undefined) this.#holders.set(key, new Set([pk]))
    else holders.add(pk)
  }

  #remove (key: string, pk: number): void {
    const holders = this.#holders.get(key)
    holders?.delete(pk)
    if (holders?.size === 0) this.#holders.delete(key)
  }
}
