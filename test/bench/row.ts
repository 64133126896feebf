import type { Shares } from './profile.js'
import type { Scale } from './scale.js'

/** What one slice came to. */
export interface Sample {
  /** Operations per second. */
  readonly rate: number
  /** Operations per second of processor time of the server; only where there is one. */
  readonly rateOfCpu?: number
}

/** Where the processor time of both sides goes. */
export interface SharesOfBoth {
  readonly ours: Shares
  readonly beside: Shares
}

/** Two things that do the same, ready to be measured. */
export interface Contest {
  ours (): Promise<Sample>
  beside (): Promise<Sample>
  /** Where the processor time of the servers goes; only where there are any. */
  shares? (): Promise<SharesOfBoth>
  close (): Promise<void>
}

/** One line of the table: how fast we are, measured against something that does the same. */
export interface Row {
  readonly name: string
  readonly ours: string
  readonly beside: string
  /** The least ratio that we want; undefined where the ratio is only stated. */
  readonly goal: number | undefined
  /**
   * Makes both sides ready, and compares their answers.
   *
   * @throws Error where they do not answer alike, or cannot run.
   */
  prepare (scale: Scale): Promise<Contest>
}
