import type { Claim, RunState } from '../runs/run-state.js'
import type { FoundRun, RunKeeper } from './run-keeper.js'

/** Another process has moved the run on; what this request was about to do must not be done. */
export class RunMovedError extends Error {
  constructor () {
    super('Another request has moved the run on')
    this.name = 'RunMovedError'
  }
}

/**
 * A run as one request found it, and what it has become by the request's own writes. Where processes share the store, the
 * run is claimed before the first effect: of two processes that were sent one answer, only one has it.
 */
export class ClaimedRun {
  readonly #runs: RunKeeper
  /** Where the run was found. */
  readonly id: string
  readonly #claim: Claim
  readonly #initial: RunState | undefined
  #found: FoundRun
  #claiming: Promise<void> | undefined

  /** @param initial the state to claim where no live run was found: that of the run which begins. */
  constructor (runs: RunKeeper, id: string, found: FoundRun, claim: Claim, initial?: RunState) {
    this.#runs = runs
    this.id = id
    this.#found = found
    this.#claim = claim
    this.#initial = initial
  }

  /** What the next write replaces. */
  get found (): FoundRun {
    return this.#found
  }

  /** Whether the run carries this request's claim. */
  get isClaimed (): boolean {
    return this.#found.kind === 'live' && this.#found.run.state.claim === this.#claim
  }

  /**
   * To be awaited before every effect.
   *
   * @param checkpoint how far the request has got, where stages have passed before the first effect: whoever takes over goes on
   *   from there, and does not judge anew what this request's effects have changed.
   * @throws RunMovedError where somebody else was faster.
   */
  async claim (checkpoint: RunState | undefined): Promise<void> {
    if (!this.#runs.shared) return
    this.#claiming ??= this.#take(checkpoint)
    await this.#claiming
  }

  async #take (checkpoint: RunState | undefined): Promise<void> {
    const state = checkpoint ?? (this.#found.kind === 'live' ? this.#found.run.state : this.#initial)
    if (state === undefined) throw new RunMovedError()
    const claimed = await this.#runs.replace(this.id, this.#found, { ...state, claim: this.#claim })
    if (claimed === undefined) throw new RunMovedError()
    this.#found = claimed
  }

  /** Writes how far the request has got, where the run carries its claim: whoever takes over goes on from there. */
  async keep (state: RunState | undefined): Promise<void> {
    if (!this.isClaimed || state === undefined) return
    const kept = await this.#runs.replace(this.id, this.#found, { ...state, claim: this.#claim })
    if (kept === undefined) throw new RunMovedError()
    this.#found = kept
  }

  /**
   * Frees the run after a store was away: whoever tries again need not wait until the claim is over. Nobody waits for it,
   * because the store may still be away; the claim ends by itself then.
   */
  release (performed: Iterable<string>): void {
    if (this.isClaimed) this.abandon((events) => ({ performed: [...performed], events })).catch(() => {})
  }

  /** Writes what is to be known of a request that failed: the run stays where it was, and is free again. */
  async abandon (change: (events: RunState['events']) => Pick<RunState, 'performed' | 'events'>): Promise<void> {
    if (this.#found.kind !== 'live') return
    const { state } = this.#found.run
    await this.#runs.replace(this.id, this.#found, { ...state, ...change(state.events), claim: null })
  }
}
