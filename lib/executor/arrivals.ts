import { LRUCache } from 'lru-cache'
import { andThen, attempt, type MaybePromise } from '../maybe-promise.js'
import type { FlowRequest } from './flow-request.js'

/** Runs whose last move is remembered. */
const REMEMBERED = 10_000

/** A move of a run. */
interface Move {
  /** When the reply was sent that says where to, by the clock; `Infinity` where it is still to be sent. */
  repliedAt: number
}

interface Moves {
  /** Undefined where none has come to anything. */
  last: Move | undefined
}

/**
 * Tells requests whose client cannot have seen a run's last move from those whose client may have: by when they arrived, and
 * by equal answers that overlap, because nobody who waits for a reply sends the next answer before it. Only requests of this
 * process are known; those of another lose by the run's revision, and a step token settles the matter for good.
 */
export class Arrivals {
  readonly #moves = new LRUCache<string, Moves>({ max: REMEMBERED })
  /** By run: the one answer that has arrived and was not replied to, or how many equal ones of each body. */
  readonly #underWay = new Map<string, string | Map<string, number>>()
  readonly #clock: () => number

  constructor (clock: () => number) {
    this.#clock = clock
  }

  /**
   * Moves a run: until the reply is sent that says where to, nobody can have seen it.
   *
   * @param move false where somebody else has moved the run: nobody waits to hear that it has moved then. Where this fails it has
   *   not moved since it did so last.
   */
  moving (id: string, request: Pick<FlowRequest, 'whenReplied'>, move: () => MaybePromise<boolean>): MaybePromise<boolean> {
    const moves = this.#movesOf(id)
    const before = moves.last
    const last: Move = { repliedAt: Infinity }
    moves.last = last
    const replied = this.#telling(last)
    const moved = attempt(move, (error) => {
      if (moves.last === last) moves.last = before
      // Nothing is to be remembered of it, in the place of another run.
      if (moves.last === undefined) this.#moves.delete(id)
      throw error
    })
    return andThen(moved, (hasMoved) => {
      if (hasMoved) request.whenReplied(replied)
      else replied()
      return hasMoved
    })
  }

  #movesOf (id: string): Moves {
    const known = this.#moves.get(id)
    if (known !== undefined) return known
    const moves: Moves = { last: undefined }
    this.#moves.set(id, moves)
    return moves
  }

  /** A function of its own: one that is made where the run is moved would keep all of the request until it is called. */
  #telling (move: Move): () => void {
    return () => { move.repliedAt = this.#clock() }
  }

  /** Whether a request that arrived at this time was sent without knowledge of the run's last move. */
  isStale (id: string, arrivedAt: number): boolean {
    const last = this.#moves.get(id)?.last
    return last !== undefined && arrivedAt <= last.repliedAt
  }

  /**
   * Notes that an answer has arrived.
   *
   * @returns whether an equal answer is still without its reply, and what to call when this one has got its own.
   */
  arrive (id: string, body: string): { readonly isEcho: boolean, readonly leave: () => void } {
    const leave = () => this.#leave(id, body)
    const others = this.#underWay.get(id)
    if (others === undefined) {
      this.#underWay.set(id, body)
      return { isEcho: false, leave }
    }
    const counts = typeof others === 'string' ? new Map([[others, 1]]) : others
    const equal = counts.get(body) ?? 0
    this.#underWay.set(id, counts.set(body, equal + 1))
    return { isEcho: equal > 0, leave }
  }

  #leave (id: string, body: string): void {
    const others = this.#underWay.get(id)
    if (others instanceof Map) {
      const left = (others.get(body) ?? 1) - 1
      if (left > 0) others.set(body, left)
      else others.delete(body)
      if (others.size === 0) this.#underWay.delete(id)
    } else if (others === body) {
      this.#underWay.delete(id)
    }
  }
}
