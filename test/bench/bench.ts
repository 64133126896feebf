import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { divideCores, type Cores } from './cores.js'
import { measure } from './ratio.js'
import { circumstances, isProfiled, json, profileTable, table, type Finding } from './report.js'
import type { Row } from './row.js'
import { bounds, rows } from './rows/index.js'
import { FULL, SHORT, type Scale } from './scale.js'

/** Measures every row in turn, prints the table, and writes the figures as JSON. */
async function main (): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      bounds: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'string' }
    }
  })
  const cores = divideCores()
  const wanted = rowsFor(cores, values)
  const findings: Finding[] = []
  for (const row of wanted) findings.push(await find(row, values.short ? SHORT : FULL, values.short || values.profile))
  const about = circumstances(command(process.argv.slice(2)), cores)
  console.log(`\n${table(findings, about)}\n`)
  for (const finding of findings.filter(isProfiled)) console.log(profileTable(finding))
  writeFileSync(values.json ?? (values.bounds ? 'dist/bench-bounds.json' : 'dist/bench.json'), `${json(findings, about)}\n`)
}

interface Wanted {
  readonly short: boolean
  readonly bounds: boolean
  readonly only?: readonly string[]
}

/** The table's rows, or the bounds of its goals; in the short form both, as it looks only whether they run. */
function rowsFor (cores: Cores, { short, bounds: areBounds, only }: Wanted): readonly Row[] {
  const all = [...rows(cores), ...bounds(cores)]
  if (only !== undefined) return all.filter(({ name }) => only.includes(name))
  if (short) return all
  return areBounds ? bounds(cores) : rows(cores)
}

async function find (row: Row, scale: Scale, looks: boolean): Promise<Finding> {
  process.stderr.write(`${row.name} … `)
  const contest = await row.prepare(scale)
  try {
    const measured = await measure(contest, scale.pairs)
    process.stderr.write(`${measured.ratio.median.toFixed(2)}\n`)
    return { row, measured, shares: looks ? await contest.shares?.() : undefined }
  } finally {
    await contest.close()
  }
}

function command (given: readonly string[]): string {
  return ['npm run bench', ...given.length === 0 ? [] : ['--'], ...given].join(' ')
}

await main()
