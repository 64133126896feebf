/** Something that is to hold however large things get. */
export interface Claim {
  readonly name: string
  readonly measured: string
  readonly limit: string
  readonly holds: boolean
}

/** A claim about a number that must not be above a limit. */
export function atMost (name: string, measured: number, limit: number, unit = ''): Claim {
  return { name, measured: `${rounded(measured)}${unit}`, limit: `≤ ${limit}${unit}`, holds: measured <= limit }
}

function rounded (value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}

/** How much is looked at: as much as is claimed, or only enough to see that it runs. */
export interface Extent {
  readonly runs: number
  readonly flows: number
  /** Milliseconds that one timing takes. */
  readonly slice: number
}

export const FULL_EXTENT: Extent = { runs: 1_000_000, flows: 10_000, slice: 400 }
export const SHORT_EXTENT: Extent = { runs: 2000, flows: 200, slice: 20 }
