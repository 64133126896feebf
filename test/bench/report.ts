import { cpus } from 'node:os'
import type { Cores } from './cores.js'
import type { Measured, Ratio } from './ratio.js'
import type { Row } from './row.js'

/** A row with what was measured. */
export interface Finding {
  readonly row: Row
  readonly measured: Measured
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

/** All that was measured, as JSON. */
export function json (findings: readonly Finding[], about: Circumstances): string {
  const rows = findings.map(({ row, measured: { ours, beside, ...measured } }) => ({
    name: row.name,
    goal: row.goal ?? null,
    ours: { what: row.ours, perSecond: ours },
    beside: { what: row.beside, perSecond: beside },
    ...measured
  }))
  return JSON.stringify({ ...about, rows }, null, 2)
}
