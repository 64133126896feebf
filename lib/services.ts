import type { Registry } from './registry/registry.js'
import type { ReputationStore } from './users/reputation.js'
import type { UserStore } from './users/user-store.js'

/** What the engine logs to: the app's pino logger fits. */
export interface Log {
  debug (details: object, message: string): void
  info (details: object, message: string): void
  warn (details: object, message: string): void
  error (details: object, message: string): void
}

/** What the engine, its policies and its stages work with; time, randomness and ids come from here only. */
export interface Services {
  readonly registry: Registry
  readonly users: UserStore
  readonly reputation: ReputationStore
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Unpredictable bytes. */
  readonly randomBytes: (length: number) => Uint8Array
  /** A new random UUID. */
  readonly newId: () => string
  readonly log: Log
}
