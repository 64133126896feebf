const MILLISECONDS: ReadonlyMap<string, number> = new Map(Object.entries({
  microseconds: 0.001,
  milliseconds: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000
}))

/**
 * Reads a duration such as `hours=3;minutes=1`.
 *
 * Units are taken in any case, unknown ones are passed over as in the original.
 *
 * @returns milliseconds, or undefined where the text names no known unit.
 */
export function parseDuration (text: string): number | undefined {
  let total: number | undefined
  for (const part of text.split(';')) {
    const match = /^\s*([a-z]+)\s*=\s*(-?\d+(?:\.\d+)?)\s*$/i.exec(part)
    const unit = match === null ? undefined : MILLISECONDS.get(match[1]!.toLowerCase())
    if (unit !== undefined) total = (total ?? 0) + unit * Number(match![2])
  }
  return total
}
