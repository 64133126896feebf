import { LRUCache } from 'lru-cache'
import type { Subject, User, UserPk } from '../model/user.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import type { Decision } from './decision.js'
import type { PlannedBinding } from './flow-plan.js'

/** The part of a plan that is the same every time: never the context. */
export interface CachedPlan {
  readonly bindings: readonly PlannedBinding[]
  /** Marked as taken from the cache; shared by all plans that are. */
  readonly decisions: readonly Decision[]
}

/**
 * Plans by flow and user (CONTRACT.md section 3.5). The flow's content hash, in which its primary key is, and the user's
 * version are part of the key, so that a change of either makes an entry unreachable at once; who has no version is never cached.
 */
export class PlanCache {
  readonly #plans: LRUCache<string, Kept>
  /** By user: the key that was made last. Making one costs more than all the rest of finding a plan. */
  readonly #lastKeys = new WeakMap<User, LastKey>()
  readonly #size: number
  /** How many plans of each flow are kept, by the flow's key; no flow has none here. */
  readonly #counts = new Map<string, number>()

  /** @param size plans kept at most; 0 keeps none. */
  constructor (size: number) {
    this.#plans = new LRUCache({ max: Math.max(size, 1), dispose: ({ flow }) => this.#count(flow, -1) })
    this.#size = size
  }

  /** The key of a plan, or undefined where it must not be cached. */
  key (flow: CompiledFlow, subject: Subject | null): string | undefined {
    if (this.#size === 0 || flow.flow.designation === 'stage_configuration') return undefined
    if (subject === null) return flow.hash
    return isVersioned(subject) ? this.#keyOf(flow, subject) : undefined
  }

  /** What the last key was made of is compared: a host's user store may change a user in place. */
  #keyOf (flow: CompiledFlow, user: VersionedUser): string {
    const { pk, version } = user
    const last = this.#lastKeys.get(user)
    if (last?.hash === flow.hash && last.pk === pk && last.version === version) return last.key
    const key = `${flow.hash} ${typeof pk} ${pk} ${version}`
    this.#lastKeys.set(user, { hash: flow.hash, pk, version, key })
    return key
  }

  get (key: string): CachedPlan | undefined {
    return this.#plans.get(key)?.plan
  }

  set (key: string, flow: CompiledFlow, plan: CachedPlan): void {
    this.#plans.set(key, { flow: flow.flow.pk, plan })
    this.#count(flow.flow.pk, 1)
  }

  clear (): void {
    this.#plans.clear()
  }

  get size (): number {
    return this.#plans.size
  }

  /** How many plans of a flow are kept, in constant time. */
  countOf (flow: string): number {
    return this.#counts.get(flow) ?? 0
  }

  #count (flow: string, change: 1 | -1): void {
    const count = this.countOf(flow) + change
    if (count === 0) this.#counts.delete(flow)
    else this.#counts.set(flow, count)
  }
}

type VersionedUser = User & { readonly version: string }

/** A key with what it was made of. */
interface LastKey {
  readonly hash: string
  readonly pk: UserPk
  readonly version: string
  readonly key: string
}

/** A plan with the primary key of its flow. */
interface Kept {
  readonly flow: string
  readonly plan: CachedPlan
}

function isVersioned (subject: Subject): subject is VersionedUser {
  return subject.pk !== null && 'version' in subject && typeof subject.version === 'string'
}
