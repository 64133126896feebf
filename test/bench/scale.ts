/** How much is measured. */
export interface Scale {
  /** How often both sides are started anew: of two processes that run the same code one is faster for as long as it lives. */
  readonly starts: number
  /** Pairs of slices after each start, ours and what stands beside it, one after the other. */
  readonly pairs: number
  /** Milliseconds that one slice should take. */
  readonly slice: number
  /** Flows that the boot row loads. */
  readonly flows: number
}

/** For figures. */
export const FULL: Scale = { starts: 3, pairs: 2, slice: 700, flows: 1000 }

/** To see that everything runs and answers alike; its figures mean nothing. */
export const SHORT: Scale = { starts: 1, pairs: 1, slice: 30, flows: 20 }
