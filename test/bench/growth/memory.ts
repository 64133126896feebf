import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { atMost, type Claim, type Extent } from './claim.js'

/** Megabytes that a million runs may take. */
const LIMIT = 3000

/** Idle runs are small, and many of them make none of them slow. */
export async function memoryClaims ({ runs, slice }: Extent): Promise<Claim[]> {
  const script = fileURLToPath(new URL('million-runs.js', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath, [`--max-old-space-size=${LIMIT}`, script, String(runs), String(slice)])
  const told: { bytesPerRun: number, resident: number, slowdown: number } = JSON.parse(stdout)
  return [
    atMost('heap of an idle run of a four-stage flow', told.bytesPerRun, 2048, ' bytes'),
    atMost(`memory of the process with ${runs.toLocaleString('en')} runs`, told.resident / 1e6, LIMIT, ' MB'),
    atMost(`time of a challenge, ${runs.toLocaleString('en')} runs to 10`, told.slowdown, 2)
  ]
}
