import { parseArgs } from 'node:util'
import { FULL_EXTENT, SHORT_EXTENT, type Claim } from './claim.js'
import { abandonedClaims, memoryClaims } from './memory.js'
import { sizeClaims } from './size.js'
import { startClaims } from './start.js'
import { timeClaims } from './time.js'

/** Looks whether things grow as they should, and prints a table. It fails where it cannot look, and never on a figure. */
async function main (): Promise<void> {
  const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
  const extent = values.short ? SHORT_EXTENT : FULL_EXTENT
  const claims = [
    ...await sizeClaims(), ...await timeClaims(extent), ...await memoryClaims(extent), ...await abandonedClaims(extent),
    ...await startClaims()
  ]
  console.log(['| what | measured | limit | holds |', '| --- | --- | --- | --- |', ...claims.map(line)].join('\n'))
}

function line ({ name, measured, limit, holds }: Claim): string {
  return `| ${name} | ${measured} | ${limit} | ${holds ? 'yes' : 'no'} |`
}

await main()
