import type { EncodedContext } from '../context/encoded.js'
import type { ContextChange } from '../context/changes.js'
import type { Decision } from '../planner/decision.js'
import type { Marker } from '../planner/flow-plan.js'
import type { RecordedStep } from '../record/recorded-step.js'
import type { StageOf } from '../stages/stage-kind.js'
import type { AnswerFault } from '../stages/stage-result.js'
import type { RunEvent } from './run-event.js'

/** A stage that was put into the plan while it was made or walked, in full: it is in no definition of the flow. */
export interface InlineState {
  readonly binding: string
  readonly pointer: string
  readonly stage: StageOf<Readonly<Record<string, unknown>>>
  /** Hash of the definitions that its options refer to; null where they refer to none. */
  readonly refersTo: string | null
}

/** A stage that is still to pass. */
export interface PendingState {
  /** Primary key of the binding. */
  readonly binding: string
  readonly marker: Marker
}

/** One recorded plan: the stage that passed, the one planned next, and what the context gained since the last frame. */
export interface Frame {
  /** Primary key of the binding whose stage passed. */
  readonly binding: string
  /** Primary key of the binding planned next; null where there was none. */
  readonly next: string | null
  readonly changes: readonly ContextChange[]
}

/** How a run ended. */
export type Ending =
  | { readonly kind: 'redirected', readonly to: string }
  | { readonly kind: 'denied', readonly message: string }
  | { readonly kind: 'cancelled' }

/**
 * The mark of a request that is about to have an effect outside the run: until it has written the run, or its time is over,
 * nobody else moves the run on. Only stores that several processes share see it.
 */
export interface Claim {
  /** Names the request. */
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** The answer that made the last change, kept so that the same answer sent again gets the same reply. */
export interface LastAnswer {
  /** By which an equal body is known again (see `fingerprintOf`); what was typed is kept nowhere. */
  readonly fingerprint: string
  /** What was wrong with it; empty where it was accepted. */
  readonly faults: readonly AnswerFault[]
}

/**
 * One walk of one flow by one browser session, as a run store keeps it: plain JSON, never changed in place. It grows
 * with the stages passed, not with their square: a frame holds only what changed.
 */
export interface RunState {
  /** What sealed values are bound to; stays when the run moves to another session id. */
  readonly id: string
  readonly flow: string
  /** Content hash of the definition that the run began with. */
  readonly definition: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly expiresAt: number
  readonly movedAt: number
  /** Counts the changes of the run, from 1; a step token is good for one of them. */
  readonly turn: number
  /** The page's query. */
  readonly query: string
  readonly pending: readonly PendingState[]
  readonly inline: readonly InlineState[]
  /** Whether the current stage's turn has come: its policies were asked and it was entered. */
  readonly entered: boolean
  /** The current stage's own memory, sealed; null where it has none. */
  readonly scratch: string | null
  readonly context: EncodedContext
  /** What the host gave at the start; a restart begins with it. */
  readonly initial: EncodedContext
  /** Sealed values of the context, by id. */
  readonly secrets: Readonly<Record<string, string>>
  readonly frames: readonly Frame[]
  readonly decisions: readonly Decision[]
  /** What happened, the oldest first. */
  readonly events: readonly RunEvent[]
  readonly restarts: number
  readonly ending: Ending | null
  readonly last: LastAnswer | null
  /** Effects that took place in a turn that then failed, by key: the turn that is tried again passes them over. */
  readonly performed: readonly string[]
  readonly claim: Claim | null
  /** What came into the run from outside, where the host asks for recordings. */
  readonly recorded?: readonly RecordedStep[]
}

/** A run with the revision that a write must name. */
export interface StoredRun {
  readonly revision: number
  readonly state: RunState
  /** Names the write that it is of, where the store tells: another run in its place may come to the same revision. */
  readonly write?: string
  /** Milliseconds since it was written, by the store's own clock. Stores that several processes share tell it. */
  readonly age?: number
}
