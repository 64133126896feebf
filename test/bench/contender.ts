import { Browser, requireAlike, type Answer } from './answers.js'
import { ANSWER, executorPath, WALK_FLOW, WALK_STAGES } from './flows.js'
import type { Servers } from './rows/http-row.js'
import type { ServerProcess } from './server-process.js'

/** A server that walks the flow of the rows, with what it has answered on the way. */
export interface Walked {
  readonly server: ServerProcess
  readonly answers: readonly Answer[]
}

/** Who is measured against what stands beside. */
export interface Contender {
  /** What the name of a row ends with. */
  readonly suffix: string
  /** What is measured, given what ours does in the row. */
  readonly told: (ours: string) => string
  /** Whether a row's goal is meant for it. */
  readonly isOurs: boolean
  /** Starts a server and walks the flow once. With a socket of Redis, runs are there. */
  readonly start: (servers: Servers, setup?: { readonly redis?: string }) => Promise<Walked>
}

const path = executorPath(WALK_FLOW)

/** Walks the flow from its start to its end. */
export async function walk (browser: Browser): Promise<Answer[]> {
  const answers = [await browser.get(path)]
  for (let passed = 0; passed < WALK_STAGES; passed += 1) answers.push(await browser.post(path, ANSWER))
  return answers
}

async function walked (server: ServerProcess): Promise<Walked> {
  return { server, answers: await walk(new Browser(server.url)) }
}

/** This package. */
export const OURS: Contender = {
  suffix: '',
  told: (ours) => ours,
  isOurs: true,
  start: async (servers, setup) => await walked(await servers.start('flows', setup))
}

/**
 * A route that does only what no engine with the same promises could do without. It shows how much of a goal is left for all the
 * rest: to plan, judge, validate, explain, count bytes, and let one request at a time at a run.
 */
export const LEAST: Contender = {
  suffix: '-least',
  told: (ours) => `the least that is needed for: ${ours}`,
  isOurs: false,
  start: async (servers, setup) => {
    const ours = await OURS.start(servers)
    await ours.server.stop()
    const least = await walked(await servers.start('least', { path, texts: ours.answers.map(({ text }) => text), ...setup }))
    requireAlike(ours.answers, least.answers)
    return least
  }
}
