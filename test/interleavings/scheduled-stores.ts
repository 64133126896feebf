import type { SessionStore } from '@fastify/session'
import type { Scheduler } from 'fast-check'
import type { RunState, StoredRun } from '../../lib/runs/run-state.js'
import { MemoryRunStore, type RunStore } from '../../plugins/index.js'

/** Lets a test decide in which order the calls of stores come through; without a scheduler they all do at once. */
export class Gate {
  scheduler: Scheduler | undefined

  async pass (label: string): Promise<void> {
    if (this.scheduler === undefined) return
    await this.scheduler.schedule(Promise.resolve(), label)
  }
}

/** A write of a run, as the store was asked for it. */
export interface RunWrite {
  readonly before: RunState | undefined
  readonly after: RunState
}

/** What can be wrong with a run store: it takes writes whatever revision they name. */
export interface RunStoreFaults {
  readonly ignoresRevisions?: boolean
}

/** A run store whose calls take their turn, and that keeps what was written. */
export class ScheduledRunStore implements RunStore {
  readonly shared: boolean
  readonly writes: RunWrite[] = []
  readonly #gate: Gate
  readonly #runs = new MemoryRunStore({ now: Date.now })
  readonly #faults: RunStoreFaults

  constructor (gate: Gate, shared: boolean, faults: RunStoreFaults = {}) {
    this.#gate = gate
    this.shared = shared
    this.#faults = faults
  }

  async load (id: string): Promise<StoredRun | undefined> {
    await this.#gate.pass('load')
    const run = this.#runs.load(id)
    return run === undefined || !this.shared ? run : { ...run, age: Date.now() - run.state.movedAt }
  }

  async create (id: string, state: RunState): Promise<boolean> {
    await this.#gate.pass('create')
    return this.#noted(undefined, state, this.#runs.create(id, state))
  }

  async compareAndSet (id: string, revision: number, state: RunState): Promise<boolean> {
    await this.#gate.pass('compare and set')
    const now = this.#runs.load(id)
    const named = this.#faults.ignoresRevisions === true ? now?.revision ?? revision : revision
    return this.#noted(now?.state, state, this.#runs.compareAndSet(id, named, state))
  }

  async delete (id: string): Promise<void> {
    await this.#gate.pass('delete')
    this.#runs.delete(id)
  }

  #noted (before: RunState | undefined, after: RunState, isWritten: boolean): boolean {
    if (isWritten) this.writes.push({ before, after })
    return isWritten
  }
}

/** A session store in another process: it keeps text, and its calls take their turn. */
export class ScheduledSessionStore implements SessionStore {
  readonly #gate: Gate
  readonly #sessions = new Map<string, string>()

  constructor (gate: Gate) {
    this.#gate = gate
  }

  get: SessionStore['get'] = (id, callback) => {
    this.#gate.pass('read session').then(() => {
      const text = this.#sessions.get(id)
      callback(null, text === undefined ? null : JSON.parse(text))
    }).catch(callback)
  }

  set: SessionStore['set'] = (id, session, callback) => {
    const text = JSON.stringify(session)
    this.#gate.pass('write session').then(() => {
      this.#sessions.set(id, text)
      callback()
    }).catch(callback)
  }

  destroy: SessionStore['destroy'] = (id, callback) => {
    this.#gate.pass('destroy session').then(() => {
      this.#sessions.delete(id)
      callback()
    }).catch(callback)
  }
}
