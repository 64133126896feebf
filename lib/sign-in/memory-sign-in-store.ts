import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../cache-bound.js'
import type { UserPk } from '../model/user.js'
import type { SignInRecord, SignInStore } from './sign-in-store.js'

export interface MemorySignInStoreOptions {
  /** Sign-ins kept at most; the one unused for longest goes first. Defaults to 1,000,000. */
  readonly max?: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Sign-ins of one process, bounded in number and age. */
export class MemorySignInStore implements SignInStore {
  readonly #records: LRUCache<string, SignInRecord>
  readonly #byUser = new Map<UserPk, Set<string>>()
  readonly #now: () => number

  constructor (options: MemorySignInStoreOptions) {
    this.#now = options.now
    this.#records = new LRUCache({
      ...atMostEntries(options.max ?? 1_000_000),
      dispose: (record, id) => this.#forget(record.user, id)
    })
  }

  load (id: string): SignInRecord | undefined {
    const record = this.#records.get(id)
    if (record === undefined || record.expiresAt > this.#now()) return record
    this.#records.delete(id)
    return undefined
  }

  create (id: string, record: SignInRecord): void {
    this.#records.delete(id)
    this.#records.set(id, record)
    const ids = this.#byUser.get(record.user)
    if (ids === undefined) this.#byUser.set(record.user, new Set([id]))
    else ids.add(id)
  }

  replace (id: string, record: SignInRecord): void {
    if (this.load(id) !== undefined) this.create(id, record)
  }

  delete (id: string): void {
    this.#records.delete(id)
  }

  deleteAllOf (user: UserPk): void {
    for (const id of [...this.#byUser.get(user) ?? []]) this.#records.delete(id)
  }

  #forget (user: UserPk, id: string): void {
    const ids = this.#byUser.get(user)
    ids?.delete(id)
    if (ids?.size === 0) this.#byUser.delete(user)
  }
}
