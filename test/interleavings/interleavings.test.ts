import fc from 'fast-check'
import t from 'tap'
import { check, Harness, tabs, type MissingGuard } from './harness.js'

/** Schedules that are tried; `SCHEDULES` in the environment states another number. */
const SCHEDULES = Number(process.env['SCHEDULES'] ?? 1000)

/** Schedules within which a missing guard must show. The rarest does once in some 500: with 2000, one run in fifty missed it. */
const CONTROL_SCHEDULES = 20_000

interface Explored {
  readonly failed: boolean
  readonly numRuns: number
  /** What has failed, and how it came about. */
  readonly report: string
}

async function explore (missing: MissingGuard | undefined, numRuns: number): Promise<Explored> {
  const harness = new Harness(missing)
  await harness.start()
  const property = fc.asyncProperty(fc.scheduler(), tabs, async (scheduler, scripts) => await check(harness, scheduler, scripts))
  const details = await fc.check(property, { numRuns, endOnFailure: true })
  await harness.stop()
  return { failed: details.failed, numRuns: details.numRuns, report: fc.defaultReportMessage(details) ?? '' }
}

t.test(`interleavings: ${SCHEDULES} schedules of up to three tabs and two processes break nothing`, async (t) => {
  const details = await explore(undefined, SCHEDULES)
  t.notOk(details.failed, details.report)
  t.equal(details.numRuns, SCHEDULES)
})

for (const missing of ['lock', 'revision check', 'verdict check', 'regeneration'] as const) {
  t.test(`interleavings: the suite notices that the ${missing} is missing`, async (t) => {
    const details = await explore(missing, CONTROL_SCHEDULES)
    t.ok(details.failed)
  })
}
