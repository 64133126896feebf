import { flowPage } from '../flow-page.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import type { Flow } from '../model/flow.js'
import { runId } from '../runs/run-id.js'
import type { RunState, StoredRun } from '../runs/run-state.js'
import type { ExecutorTools } from './executor-tools.js'
import type { Walk } from './walk.js'

/** What is found of a run: live, ended, or one that cannot go on (too old, or its definition is gone). */
export type FoundRun =
  | { readonly kind: 'none' }
  | { readonly kind: 'live', readonly run: StoredRun, readonly flow: CompiledFlow }
  | { readonly kind: 'ended', readonly run: StoredRun }
  | { readonly kind: 'expired', readonly run: StoredRun }
  | { readonly kind: 'outdated', readonly run: StoredRun }

/** Milliseconds for which the place that a run has left answers requests that were under way. */
const TRACE_AGE = 60_000

/** Reads and writes runs, and tells what state they are in. */
export class RunKeeper {
  readonly #tools: ExecutorTools

  constructor (tools: ExecutorTools) {
    this.#tools = tools
  }

  /** Finds the run of a flow in a session. */
  async find (id: string): Promise<FoundRun> {
    const run = await this.#tools.runs.load(id)
    if (run === undefined) return { kind: 'none' }
    if (run.state.expiresAt <= this.#tools.services.now()) return { kind: 'expired', run }
    if (run.state.ending !== null) return { kind: 'ended', run }
    const flow = this.#tools.services.registry.flowAsOf(run.state.flow, run.state.definition)
    return flow === undefined ? { kind: 'outdated', run } : { kind: 'live', run, flow }
  }

  /**
   * Writes a walk over what was found, and only over that. Where the session's id has changed meanwhile the run moves to
   * its new place, and leaves a trace for requests that are still under way to the old one.
   *
   * @returns false where somebody else was faster.
   */
  async write (from: string, to: string, found: FoundRun, walk: Walk): Promise<boolean> {
    const state = walk.toState()
    if (from === to) return await this.#put(from, found, state)
    if (!await this.#put(from, found, this.#trace(state, walk.plan.flow))) return false
    return await this.#put(to, await this.find(to), state)
  }

  async #put (id: string, found: FoundRun, state: RunState): Promise<boolean> {
    return found.kind === 'none'
      ? await this.#tools.runs.create(id, state)
      : await this.#tools.runs.compareAndSet(id, found.run.revision, state)
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
      ending: state.ending ?? { kind: 'redirected', to: flowPage(flow.slug) }
    }
  }

  /** Ends a run that is live; its history stays. */
  async cancel (id: string): Promise<void> {
    const found = await this.find(id)
    if (found.kind !== 'live') return
    const { run } = found
    const state: RunState = { ...run.state, pending: [], scratch: null, secrets: {}, ending: { kind: 'cancelled' } }
    await this.#tools.runs.compareAndSet(id, run.revision, state)
  }

  /** Deletes the runs of these flows in a session. */
  async discard (sessionKey: string, flows: Iterable<string>): Promise<void> {
    for (const flow of flows) await this.#tools.runs.delete(runId(sessionKey, flow))
  }
}
