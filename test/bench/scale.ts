/** How much is measured. */
export interface Scale {
  /** Pairs of slices, ours and what stands beside it, one after the other. */
  readonly pairs: number
  /** Milliseconds that one slice should take. */
  readonly slice: number
  /** Flows that the boot row loads. */
  readonly flows: number
}

/** For figures. */
export const FULL: Scale = { pairs: 7, slice: 500, flows: 1000 }

/** To see that everything runs and answers alike; its figures mean nothing. */
export const SHORT: Scale = { pairs: 1, slice: 30, flows: 20 }
