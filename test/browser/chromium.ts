import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium, type BrowserContext, type BrowserContextOptions } from 'playwright-core'
import type { Test } from 'tap'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'
]

function isProgram (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The browser that `CHROMIUM` names, else the first on the path; undefined where there is none. */
export function findChromium (env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter)
  const candidates = env['CHROMIUM'] === undefined ? folders.flatMap((folder) => NAMES.map((name) => join(folder, name))) : [env['CHROMIUM']]
  return candidates.find(isProgram)
}

/**
 * Runs tests that need a browser. Without one they say so and pass; where `CI` is `true` they fail.
 */
export async function withChromium (t: Test, run: (executablePath: string) => Promise<void>): Promise<void> {
  const path = findChromium()
  if (path !== undefined) return await run(path)
  if (process.env['CI'] === 'true') t.fail('Chromium is needed: put it on the PATH, or name it in CHROMIUM')
  else t.pass('not run: these tests need Chromium on the PATH, or named in CHROMIUM')
}

/** Starts the browser with a profile of its own, which goes with the test. */
export async function launch (t: Test, executablePath: string, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const profile = await mkdtemp(join(tmpdir(), 'flow-planner-chromium-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: ARGUMENTS, ...options })
  t.teardown(async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  return context
}
