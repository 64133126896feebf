import { createHash } from 'node:crypto'
import { reputationBounds, type ReputationBounds } from './reputation-bounds.js'
import type { ReputationQuery, ReputationStore } from './reputation.js'

/** How scores are kept in memory. */
export interface MemoryReputationOptions extends ReputationBounds {
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface Row {
  readonly identifier: string
  readonly ip: string
  readonly score: number
  readonly expiresAt: number
}

/** The sum of the rows that have an identifier, or an address, in common. */
interface Total {
  score: number
  rows: number
}

/** The longest identifier that is kept as it was typed, in UTF-16 code units; of a longer one a digest is kept. */
const LONGEST_KEY = 128

/**
 * Scores in memory, bounded in number and age. Nothing is searched: a map in the order of the last change tells what goes
 * next, and the sums by identifier and by address are kept as rows come and go.
 */
export class MemoryReputationStore implements ReputationStore {
  readonly #options: Required<MemoryReputationOptions>
  readonly #rows = new Map<string, Row>()
  readonly #byIdentifier = new Map<string, Total>()
  readonly #byIp = new Map<string, Total>()

  /**
   * @throws OptionsError where a bound makes no sense.
   */
  constructor (options: MemoryReputationOptions) {
    this.#options = { now: options.now, ...reputationBounds(options) }
  }

  adjust (identifier: string, ip: string, change: number): void {
    const { now, expiry, lower, upper, maxEntries } = this.#options
    this.#forgetExpired()
    const pair = { identifier: keyOf(identifier), ip: keyOf(ip) }
    const key = pairKey(pair.identifier, pair.ip)
    const old = this.#rows.get(key)
    if (old !== undefined) this.#remove(key, old)
    const score = Math.min(Math.max((old?.score ?? 0) + change, lower), upper)
    this.#add(key, { ...pair, score, expiresAt: now() + expiry * 1000 })
    if (this.#rows.size > maxEntries) this.#removeFirst()
  }

  score ({ identifier, ip }: ReputationQuery): number {
    this.#forgetExpired()
    const wanted = { identifier: optionalKey(identifier), ip: optionalKey(ip) }
    const ofIdentifier = wanted.identifier === undefined ? 0 : this.#byIdentifier.get(wanted.identifier)?.score ?? 0
    const ofIp = wanted.ip === undefined ? 0 : this.#byIp.get(wanted.ip)?.score ?? 0
    if (wanted.identifier === undefined || wanted.ip === undefined) return ofIdentifier + ofIp
    // The row that has both is in both sums.
    return ofIdentifier + ofIp - (this.#rows.get(pairKey(wanted.identifier, wanted.ip))?.score ?? 0)
  }

  #forgetExpired (): void {
    const now = this.#options.now()
    for (const [key, row] of this.#rows) {
      if (row.expiresAt > now) return
      this.#remove(key, row)
    }
  }

  #removeFirst (): void {
    const [first] = this.#rows
    if (first !== undefined) this.#remove(...first)
  }

  #add (key: string, row: Row): void {
    this.#rows.set(key, row)
    count(this.#byIdentifier, row.identifier, row.score, 1)
    count(this.#byIp, row.ip, row.score, 1)
  }

  #remove (key: string, row: Row): void {
    this.#rows.delete(key)
    count(this.#byIdentifier, row.identifier, -row.score, -1)
    count(this.#byIp, row.ip, -row.score, -1)
  }
}

function count (totals: Map<string, Total>, key: string, score: number, rows: number): void {
  const total = totals.get(key) ?? { score: 0, rows: 0 }
  total.score += score
  total.rows += rows
  if (total.rows === 0) totals.delete(key)
  else totals.set(key, total)
}

/** Anybody may type an identifier of any length, so no more than a digest of a long one is kept. */
function keyOf (text: string): string {
  return text.length <= LONGEST_KEY ? `=${text}` : `#${createHash('sha256').update(text).digest('base64')}`
}

function optionalKey (text: string | undefined): string | undefined {
  return text === undefined ? undefined : keyOf(text)
}

function pairKey (identifier: string, ip: string): string {
  return JSON.stringify([identifier, ip])
}
