import { setTimeout as sleep } from 'node:timers/promises'
import { RunBusyError } from '../errors.js'
import { flowPage } from '../flow-page.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import type { Flow } from '../model/flow.js'
import { runId } from '../runs/run-id.js'
import { RunWatch } from '../runs/run-watch.js'
import { withEvent } from '../runs/run-event.js'
import type { RunState, StoredRun } from '../runs/run-state.js'
import { isHeard, tellStage } from '../telemetry/channels.js'
import type { ExecutorTools } from './executor-tools.js'
import { isOnShow, type FoundRun, type ShownRun } from './found-run.js'
import { UnaskedRunError } from './recalled-run.js'

/** Milliseconds for which the place that a run has left answers requests that were under way. */
const TRACE_AGE = 60_000

/** Milliseconds between two looks at a run that another process has claimed. */
const POLL = 20

/** Milliseconds between two looks at a run that is watched and that other processes may move. */
const LOOK = 1000

/** Milliseconds that a request waits for another process. */
const LONGEST_WAIT = 2000

/** How often a cancellation is tried while another process moves the run on. */
const CANCEL_TRIES = 5

/** Reads and writes runs, and tells what state they are in. */
export class RunKeeper {
  readonly #tools: ExecutorTools
  readonly #watch = new RunWatch()

  constructor (tools: ExecutorTools) {
    this.#tools = tools
  }

  /** Finds the run of a flow in a session. */
  find (id: string): MaybePromise<FoundRun> {
    // The store has looked after it was asked: however long its reply took, the run was written after this.
    const askedAt = this.shared ? this.#tools.planner.clock() : -Infinity
    return andThen(this.#tools.runs.load(id), (run) =>
      run === undefined ? { kind: 'none' } : this.#judge(run, askedAt - (run.age ?? Infinity)))
  }

  /** A run that shows a challenge, as this process remembers it; undefined where the store is to be asked at once. */
  recall (id: string): ShownRun | undefined {
    const run = this.shared ? this.#tools.runs.recall?.(id) : undefined
    if (run === undefined) return undefined
    const found = this.#judge(run, this.#tools.planner.clock() - (run.age ?? Infinity), true)
    return isOnShow(found) && !this.#isClaimed(found) ? found : undefined
  }

  /** Whether other processes work on the same runs. */
  get shared (): boolean {
    return this.#tools.runs.shared
  }

  /**
   * Finds the run of a flow in a session when no other process is having an effect on its behalf.
   *
   * @throws RunBusyError where one does for longer than a client should wait.
   */
  findFree (id: string): MaybePromise<FoundRun> {
    return andThen(this.find(id), (found) => this.#isClaimed(found) ? this.#whenFree(id) : found)
  }

  async #whenFree (id: string): Promise<FoundRun> {
    for (let waited = 0; waited < LONGEST_WAIT; waited += POLL) {
      await sleep(POLL)
      const found = await this.find(id)
      if (!this.#isClaimed(found)) return found
    }
    throw new RunBusyError()
  }

  #isClaimed (found: FoundRun): boolean {
    const claim = found.kind === 'live' ? found.run.state.claim : null
    return claim !== null && claim.until > this.#tools.services.now()
  }

  #judge (run: StoredRun, movedAfter = -Infinity, isRecalled = false): FoundRun {
    if (run.state.expiresAt <= this.#tools.services.now()) return { kind: 'expired', run }
    if (run.state.ending !== null) return { kind: 'ended', run }
    const flow = this.#tools.services.registry.flowOf(run.state)
    return flow === undefined ? { kind: 'outdated', run } : { kind: 'live', run, flow, movedAfter, isRecalled }
  }

  /**
   * Writes a state over what was found, and only over that. Where the session's id has changed meanwhile the run moves to
   * its new place, and leaves a trace for requests that are still under way to the old one.
   *
   * @returns false where somebody else was faster.
   * @throws UnaskedRunError where the run is not as it was recalled.
   */
  write (from: string, to: string, found: FoundRun, flow: Flow, state: RunState): MaybePromise<boolean> {
    return from === to ? this.#put(from, found, state) : this.#move(from, to, found, flow, state)
  }

  async #move (from: string, to: string, found: FoundRun, flow: Flow, state: RunState): Promise<boolean> {
    // Until the old place has the trace the run has not moved: whatever fails before leaves it where it was.
    if (!await this.#put(to, await this.find(to), state)) return false
    if (await this.#put(from, found, this.#trace(state, flow))) return true
    await this.#tools.runs.delete(to)
    return false
  }

  /**
   * Replaces what was found by a state of a live run.
   *
   * @returns the run as it is now, or undefined where somebody else was faster.
   * @throws UnaskedRunError where the run is not as it was recalled.
   */
  async replace (id: string, found: FoundRun, state: RunState): Promise<FoundRun | undefined> {
    return await this.#put(id, found, state) ? this.#judge({ revision: nextRevision(found), state }) : undefined
  }

  #put (id: string, found: FoundRun, state: RunState): MaybePromise<boolean> {
    const { runs } = this.#tools
    const written = found.kind === 'none'
      ? runs.create(id, state)
      : runs.compareAndSet(id, found.run.revision, state, found.run.write)
    return andThen(written, (isWritten) => {
      if (isWritten) this.#watch.moved(id, nextRevision(found))
      else if (found.kind === 'live' && found.isRecalled) throw new UnaskedRunError()
      return isWritten
    })
  }

  #trace (state: RunState, flow: Flow): RunState {
    return {
      ...state,
      expiresAt: this.#tools.services.now() + TRACE_AGE,
      pending: [],
      inline: [],
      scratch: null,
      context: {},
      initial: {},
      secrets: {},
      frames: [],
      decisions: [],
      events: [],
      ending: state.ending ?? { kind: 'redirected', to: flowPage(flow.slug) }
    }
  }

  /**
   * Calls back whenever a run may have moved, until the function that it gives is called. What other processes do to it is seen
   * by looking, within a second; a store that is away is asked again.
   */
  watch (id: string, listener: () => void): () => void {
    if (!this.shared) return this.#watch.watch(id, listener)
    let isWatched = true
    let seen: number | undefined
    const see = (revision: number | undefined): void => {
      if (!isWatched || revision === seen) return
      seen = revision
      listener()
    }
    const look = async (): Promise<void> => see((await this.#tools.runs.load(id))?.revision)
    const timer = setInterval(() => { look().catch(() => {}) }, LOOK)
    timer.unref()
    const unwatch = this.#watch.watch(id, see)
    return () => {
      isWatched = false
      clearInterval(timer)
      unwatch()
    }
  }

  /**
   * Ends a run that is live; its history stays.
   *
   * @throws RunBusyError where another process was faster every time.
   */
  async cancel (id: string): Promise<void> {
    for (let tries = 0; tries < CANCEL_TRIES; tries += 1) {
      const found = await this.findFree(id)
      if (found.kind !== 'live') return
      const { run } = found
      if (!await this.#put(id, found, this.#cancelled(run.state))) continue
      if (!isHeard('cancelled')) return
      const { flow, id: named } = run.state
      tellStage('cancelled', { flow, run: named, stage: null, kind: null, method: 'GET', duration: 0, faults: [] })
      return
    }
    throw new RunBusyError()
  }

  #cancelled (state: RunState): RunState {
    const events = withEvent(state.events, { kind: 'cancelled', at: this.#tools.services.now() })
    return { ...state, turn: state.turn + 1, events, pending: [], scratch: null, secrets: {}, ending: { kind: 'cancelled' }, claim: null }
  }

  /** Deletes the runs of these flows in a session. */
  async discard (sessionKey: string, flows: Iterable<string>): Promise<void> {
    for (const flow of flows) {
      const id = runId(this.#tools.runs, sessionKey, flow)
      await this.#tools.runs.delete(id)
      this.#watch.moved(id, undefined)
    }
  }
}

/** The revision that a write over what was found gives the run. */
function nextRevision (found: FoundRun): number {
  return found.kind === 'none' ? 1 : found.run.revision + 1
}
