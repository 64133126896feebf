import type { ReputationQuery, ReputationStore } from '../users/reputation.js'
import { reputationBounds } from '../users/reputation-bounds.js'
import type { EffectLog } from './effect-log.js'

export interface DryReputationOptions {
  readonly base: Pick<ReputationStore, 'score'>
  readonly log: EffectLog
  /** Whether the scores of the base hold the walk's own changes already. */
  readonly baseHoldsChanges: boolean
}

interface Pair {
  readonly identifier: string
  readonly ip: string
}

interface ChangedPair extends Pair {
  /** In the order in which they were made: a bound that is met by one of them is where the next one begins. */
  readonly changes: readonly number[]
}

const { lower, upper } = reputationBounds({})

/** Scores for a dry walk: those of the store and, on top of them, the walk's own changes, which nobody else sees. */
export class DryReputation implements ReputationStore {
  readonly #options: DryReputationOptions
  readonly #changed = new Map<string, ChangedPair>()

  constructor (options: DryReputationOptions) {
    this.#options = options
  }

  adjust (identifier: string, ip: string, change: number): void {
    const key = JSON.stringify([identifier, ip])
    this.#changed.set(key, { identifier, ip, changes: [...this.#changed.get(key)?.changes ?? [], change] })
    this.#options.log.note('reputation', { identifier, ip, change })
  }

  async score (query: ReputationQuery): Promise<number> {
    const { base, baseHoldsChanges } = this.#options
    let score = await base.score(query)
    if (baseHoldsChanges) return score
    for (const pair of this.#changed.values()) {
      if (pair.identifier === query.identifier || pair.ip === query.ip) score += await this.#gained(pair)
    }
    return score
  }

  /** What its changes add to the score of a pair, within the bounds that scores have by default. */
  async #gained ({ changes, ...pair }: ChangedPair): Promise<number> {
    const stored = await this.#stored(pair)
    const floor = Math.min(lower, stored)
    const ceiling = Math.max(upper, stored)
    return changes.reduce((score, change) => Math.min(Math.max(score + change, floor), ceiling), stored) - stored
  }

  /** The stored score of one pair: it is in the sum of its identifier and in that of its address, and once in that of both. */
  async #stored ({ identifier, ip }: Pair): Promise<number> {
    const { base } = this.#options
    return await base.score({ identifier }) + await base.score({ ip }) - await base.score({ identifier, ip })
  }
}
