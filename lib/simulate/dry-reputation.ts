import type { ReputationQuery, ReputationStore } from '../users/reputation.js'
import type { EffectLog } from './effect-log.js'

interface Change {
  readonly identifier: string
  readonly ip: string
  readonly change: number
}

/** Scores for a dry walk: those of the store and, on top of them, the walk's own changes, which nobody else sees. */
export class DryReputation implements ReputationStore {
  readonly #base: Pick<ReputationStore, 'score'>
  readonly #log: EffectLog
  readonly #changes: Change[] = []

  constructor (base: Pick<ReputationStore, 'score'>, log: EffectLog) {
    this.#base = base
    this.#log = log
  }

  adjust (identifier: string, ip: string, change: number): void {
    this.#changes.push({ identifier, ip, change })
    this.#log.note('reputation', { identifier, ip, change })
  }

  async score (query: ReputationQuery): Promise<number> {
    const own = this.#changes.filter(({ identifier, ip }) => identifier === query.identifier || ip === query.ip)
    return own.reduce((sum, { change }) => sum + change, await this.#base.score(query))
  }
}
