import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { atMost, type Claim, type Extent } from './claim.js'

/** Megabytes that a million runs may take. */
const LIMIT = 3000

/** Megabytes of heap that a hundred thousand runs may take: the room of the memory store, unless it is told otherwise. */
const ROOM_LIMIT = 250

/** Megabytes of heap that may be left when runs have grown too old: a tenth of the room is taken again by then. */
const LEFT_LIMIT = 60

/** Runs that nobody goes on with take no more than the store has room for, and leave it when they are too old. */
export async function abandonedClaims ({ runs }: Extent): Promise<Claim[]> {
  const script = fileURLToPath(new URL('abandoned-runs.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(runs)])
  const told: { before: number, peak: number, after: number, most: number, left: number, late: number } = JSON.parse(stdout)
  const of = `${runs.toLocaleString('en')} runs started and abandoned`
  return [
    atMost(`runs kept of ${of}`, told.most, runs / 10),
    atMost(`heap before ${of}`, told.before / 1e6, ROOM_LIMIT, ' MB'),
    atMost(`heap at its peak of ${of}`, told.peak / 1e6, ROOM_LIMIT, ' MB'),
    atMost(`runs kept when ${of} are too old and ${told.late.toLocaleString('en')} have been started`, told.left, told.late),
    atMost('heap then, after collection', told.after / 1e6, LEFT_LIMIT, ' MB')
  ]
}

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
