import type { MaybePromise } from '../maybe-promise.js'
import type { RunState, StoredRun } from './run-state.js'

/**
 * Where runs are. Every write is conditional, so that two processes can never both move one run on. State is plain JSON;
 * a store may keep it as it is handed over, because nobody changes it in place.
 */
export interface RunStore {
  /**
   * Whether other processes work on the same runs. A run is then claimed before a stage has an effect, so that two processes
   * that are sent one answer each do not both have it.
   */
  readonly shared: boolean
  /**
   * Whether nobody gets to see the ids of its runs: it keeps them in this process's memory or as digests. They may then name
   * sessions in the clear, which spares each request a hash. Defaults to false: they are digests already.
   */
  readonly hidesIds?: boolean
  /** A store that processes share tells the run's age too: answers sent twice at once are told from new ones by it. */
  load (id: string): MaybePromise<StoredRun | undefined>
  /**
   * The run as this process wrote it last, where it knows that without asking; undefined where it does not. Another process may
   * have moved it since, so nothing follows from it but what {@link RunStore.compareAndSet} then writes: of that, false must mean
   * that it was not written, also where it was sent twice. The age is that of the moment before it was sent.
   */
  recall? (id: string): StoredRun | undefined
  /** Stores a run where there is none, as revision 1. Returns false where there is one. */
  create (id: string, state: RunState): MaybePromise<boolean>
  /**
   * Replaces the run if it is still at this revision; the new one is the next. Returns false where it is not.
   *
   * @param write of the run to be replaced, where the store has told it: what is there must be of just that write.
   */
  compareAndSet (id: string, revision: number, state: RunState, write?: string): MaybePromise<boolean>
  delete (id: string): MaybePromise<void>
}
