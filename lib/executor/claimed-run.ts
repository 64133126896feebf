import type { RunPlace } from '../runs/run-place.js'
import type { Claim, RunState } from '../runs/run-state.js'
import type { Services } from '../services.js'
import type { FoundRun } from './found-run.js'
import type { RunKeeper } from './run-keeper.js'

/** Another process has moved the run on; what this request was about to do must not be done. */
export class RunMovedError extends Error {
  constructor () {
    super('Another request has moved the run on')
    this.name = 'RunMovedError'
  }
}

/** Milliseconds that a turn may be at an effect before another process takes the run over. */
const LEASE = 15_000

/** Milliseconds that must be left of a claim for an effect to begin; it is renewed otherwise. */
const ENOUGH = LEASE / 2

/**
 * A run as one request found it, and what it has become by the request's own writes. Where processes share the store, the
 * run is claimed before the first effect: of two processes that were sent one answer, only one has it.
 */
export class ClaimedRun {
  readonly #runs: RunKeeper
  readonly #services: Pick<Services, 'now' | 'newId'>
  /** Where the run is to be written now. */
  readonly place: RunPlace
  /** Where the run was found. */
  readonly id: string
  /** Whether the run begins in this request. */
  readonly begins: boolean
  readonly #initial: RunState | undefined
  #found: FoundRun
  #claim: Claim | undefined
  /** Names this request in its claims; undefined until it has tried to make one. */
  #by: string | undefined
  #claiming: Promise<void> | undefined

  /** @param initial the state to claim where no live run was found: that of the run which begins. */
  constructor (runs: RunKeeper, services: Pick<Services, 'now' | 'newId'>, place: RunPlace, found: FoundRun, initial?: RunState) {
    this.#runs = runs
    this.#services = services
    this.place = place
    this.id = place.id
    this.begins = found.kind !== 'live'
    this.#found = found
    this.#initial = initial
  }

  /** What the next write replaces. */
  get found (): FoundRun {
    return this.#found
  }

  /** Whether the run carries this request's claim. */
  get isClaimed (): boolean {
    return this.#claim !== undefined && this.#found.kind === 'live' && this.#found.run.state.claim === this.#claim
  }

  /**
   * To be awaited before every effect. A claim that is about to run out is renewed: a turn may wait for a policy between two
   * effects for longer than it lasts.
   *
   * @param checkpoint tells how far the request has got, where stages have passed before the first effect: whoever takes over
   *   goes on from there, and does not judge anew what this request's effects have changed.
   * @throws RunMovedError where somebody else was faster, or has taken the run over.
   */
  async claim (checkpoint: () => RunState | undefined): Promise<void> {
    if (!this.#runs.shared) return
    this.#claiming = (this.#claiming ?? Promise.resolve()).then(async () => await this.#take(checkpoint))
    await this.#claiming
  }

  async #take (checkpoint: () => RunState | undefined): Promise<void> {
    const { now, newId } = this.#services
    if (this.#claim !== undefined && this.#claim.until - now() >= ENOUGH) return
    const state = checkpoint() ?? (this.#found.kind === 'live' ? this.#found.run.state : this.#initial)
    if (state === undefined) throw new RunMovedError()
    this.#by ??= newId()
    await this.#replace({ ...state, claim: { by: this.#by, until: now() + LEASE } })
  }

  async #replace (state: RunState & { readonly claim: Claim }): Promise<void> {
    const replaced = await this.#runs.replace(this.id, this.#found, state)
    if (replaced === undefined) throw new RunMovedError()
    this.#found = replaced
    this.#claim = state.claim
  }

  /** Writes how far the request has got, where the run carries its claim: whoever takes over goes on from there. */
  async keep (state: RunState | undefined): Promise<void> {
    if (!this.isClaimed || this.#claim === undefined || state === undefined) return
    await this.#replace({ ...state, claim: this.#claim })
  }

  /**
   * Frees the run after an error: whoever tries again need not wait until the claim is over. Where a store is away nobody should
   * wait for it; the claim ends by itself then.
   *
   * @param performed gives the keys of the effects that have taken place: another may be under way while the store is asked.
   */
  async release (performed: () => readonly string[]): Promise<void> {
    if (this.#by !== undefined) await this.#release(performed)
  }

  /** By what the store has: a claim whose reply was lost may be there or not. */
  async #release (performed: () => readonly string[]): Promise<void> {
    const found = await this.#runs.find(this.id)
    if (found.kind !== 'live' || found.run.state.claim === null || found.run.state.claim.by !== this.#by) return
    await this.#runs.replace(this.id, found, { ...found.run.state, performed: performed(), claim: null })
  }

  /** Writes what is to be known of a request that failed: the run stays where it was, and is free again. */
  async abandon (change: (events: RunState['events']) => Pick<RunState, 'performed' | 'events'>): Promise<void> {
    if (this.#found.kind !== 'live') return
    const { state } = this.#found.run
    await this.#runs.replace(this.id, this.#found, { ...state, ...change(state.events), claim: null })
  }
}
