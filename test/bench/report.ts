import { cpus } from 'node:os'
import type { Cores } from './cores.js'
import type { Measured, Ratio } from './ratio.js'
import { PLACES, PLACE_TEXTS } from './profile.js'
import type { Row, SharesOfBoth } from './row.js'

/** A row with what was measured. */
export interface Finding {
  readonly row: Row
  readonly measured: Measured
  /** Where the servers' processor time went; undefined where nobody has looked, or there are none. */
  readonly shares: SharesOfBoth | undefined
}

/** Where and when it was measured. */
export interface Circumstances {
  readonly command: string
  readonly date: string
  readonly node: string
  readonly cores: number
  readonly processor: string
  readonly placement: string
}

export function circumstances (command: string, { count, text }: Cores): Circumstances {
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: count,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    placement: text
  }
}

/** The table in Markdown, as it goes into the README. */
export function table (findings: readonly Finding[], about: Circumstances): string {
  return [
    `\`${about.command}\`, ${about.date}, Node ${about.node.slice(1)}, ${about.cores} cores (${about.processor}), ${about.placement}`,
    '',
    '| row | ours | beside it | goal | ratio (range) | by processor time | ours/s | beside/s |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...findings.map(line)
  ].join('\n')
}

function line ({ row, measured: { ratio, ratioOfCpu, ours, beside } }: Finding): string {
  const goal = row.goal === undefined ? 'stated' : `≥ ${row.goal.toFixed(2)}`
  const cells = [row.name, row.ours, row.beside, goal, ratioText(ratio), ratioOfCpu === undefined ? '' : ratioText(ratioOfCpu), count(ours), count(beside)]
  return `| ${cells.join(' | ')} |`
}

function ratioText ({ median, least, greatest }: Ratio): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${greatest.toFixed(2)})`
}

function count (perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en')
}

/** A finding for which somebody has looked where the time went. */
type ProfiledFinding = Finding & { readonly shares: SharesOfBoth }

export function isProfiled (finding: Finding): finding is ProfiledFinding {
  return finding.shares !== undefined
}

/**
 * Where the processor time of a row's servers went, for one operation, in hundredths of what one takes beside ours. The last line
 * is what the ratio would be if the package itself took no time at all.
 */
export function profileTable ({ row, measured: { ratio: byTime, ratioOfCpu }, shares }: ProfiledFinding): string {
  const ratio = (ratioOfCpu ?? byTime).median
  const { ours, hashes } = shares.ours
  return [
    `${row.name}: ${row.ours}`,
    '',
    '| where the processor time goes | ours | beside |',
    '| --- | --- | --- |',
    ...PLACES.map((place) => `| ${PLACE_TEXTS[place]} | ${hundredths(shares.ours[place] / ratio)} | ${hundredths(shares.beside[place])} |`),
    `| together | ${hundredths(1 / ratio)} | 100 |`,
    '',
    `The ratio by processor time is ${ratio.toFixed(2)}. If no function of this package but the hashes took any time, it would be ` +
    `${(ratio / (1 - ours)).toFixed(2)}; if the hashes took none either, ${(ratio / (1 - ours - hashes)).toFixed(2)}.\n`
  ].join('\n')
}

function hundredths (part: number): string {
  return (part * 100).toFixed(0)
}

/** All that was measured, as JSON. */
export function json (findings: readonly Finding[], about: Circumstances): string {
  const rows = findings.map(({ row, shares, measured: { ours, beside, ...measured } }) => ({
    name: row.name,
    goal: row.goal ?? null,
    ours: { what: row.ours, perSecond: ours },
    beside: { what: row.beside, perSecond: beside },
    ...measured,
    ...shares === undefined ? {} : { shares }
  }))
  return JSON.stringify({ ...about, rows }, null, 2)
}
