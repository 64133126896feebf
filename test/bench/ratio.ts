import type { Contest, Sample } from './row.js'

/** The ratios of all pairs. */
export interface Ratio {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

/** What measuring a row came to. */
export interface Measured {
  /** Ours to what stands beside it, in operations per second. */
  readonly ratio: Ratio
  /** The same per second of the server's processor time: what is left of the ratio where the machine was busy otherwise. */
  readonly ratioOfCpu: Ratio | undefined
  /** Medians, in operations per second. */
  readonly ours: number
  readonly beside: number
  readonly pairs: readonly { readonly ours: Sample, readonly beside: Sample }[]
}

/** Measures both sides in turn. Each ratio is of two slices that followed one another. */
export async function measure (contest: Contest, count: number): Promise<Measured> {
  await contest.ours()
  await contest.beside()
  const pairs: { ours: Sample, beside: Sample }[] = []
  for (let pair = 0; pair < count; pair += 1) {
    pairs.push({ ours: await contest.ours(), beside: await contest.beside() })
  }
  const ofCpu = pairs.flatMap(({ ours, beside }) =>
    ours.rateOfCpu === undefined || beside.rateOfCpu === undefined ? [] : [ours.rateOfCpu / beside.rateOfCpu])
  return {
    ratio: ratioOf(pairs.map(({ ours, beside }) => ours.rate / beside.rate)),
    ratioOfCpu: ofCpu.length === 0 ? undefined : ratioOf(ofCpu),
    ours: median(pairs.map(({ ours }) => ours.rate)),
    beside: median(pairs.map(({ beside }) => beside.rate)),
    pairs
  }
}

function ratioOf (ratios: readonly number[]): Ratio {
  return { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) }
}

/** The middle of the values; of an even number of them, the mean of the middle two. */
export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN
  return (lower + upper) / 2
}
