import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** What honest tests reach, in percent of lines; to be raised, never lowered. */
const GATES = { lib: 97, plugins: 90 }

// Coverage by file, as `tap report --coverage-report=json-summary` has written it.
const summary = JSON.parse(await readFile(new URL('../.tap/report/coverage-summary.json', import.meta.url), 'utf8'))
const root = new URL('../', import.meta.url).pathname

// Where there is no Redis its tests say so and pass, so what only they reach is not counted; in CI it always is.
const countsRedis = process.env.CI === 'true' || spawnSync('redis-server', ['--version']).status === 0
if (!countsRedis) console.log('lib/redis is not counted: redis-server is not installed')
const isCounted = (path) => countsRedis || !path.startsWith(`${root}lib/redis/`)

for (const [folder, gate] of Object.entries(GATES)) {
  const files = Object.entries(summary).filter(([path]) => path.startsWith(`${root}${folder}/`) && isCounted(path))
  const total = files.reduce((sum, [, { lines }]) => sum + lines.total, 0)
  const covered = files.reduce((sum, [, { lines }]) => sum + lines.covered, 0)
  const percent = total === 0 ? 0 : covered / total * 100
  console.log(`${folder}: ${percent.toFixed(1)} % of ${total} lines covered, the gate is ${gate} %`)
  if (percent < gate) process.exitCode = 1
}
