import { Browser, requireAlike } from '../answers.js'
import { OURS, walk, type Contender } from '../contender.js'
import type { Cores } from '../cores.js'
import { ANSWER, executorPath, WALK_FLOW, WALK_STAGES } from '../flows.js'
import type { LoadRequest } from '../http-load.js'
import type { Row } from '../row.js'
import type { ServerProcess } from '../server-process.js'
import { httpContest } from './http-row.js'

const path = executorPath(WALK_FLOW)

function post ({ headers }: Browser): LoadRequest {
  return { method: 'POST', path, body: ANSWER, headers: { ...headers, 'content-type': 'application/json' } }
}

/** Four answers to each of so many runs, which were started before the time is taken. */
function answersTo (server: ServerProcess): (rounds: number) => Promise<LoadRequest[]> {
  return async (rounds) => {
    const browsers = Array.from({ length: rounds }, () => new Browser(server.url))
    await Promise.all(browsers.map(async (browser) => await browser.get(path)))
    return browsers.flatMap((browser) => Array.from({ length: WALK_STAGES }, () => post(browser)))
  }
}

/** The flow from start to end, again and again, in one session. */
export function walks (server: ServerProcess): () => Promise<LoadRequest[]> {
  return async () => {
    const browser = new Browser(server.url)
    await walk(browser)
    return [{ method: 'GET', path, headers: browser.headers }, ...Array.from({ length: WALK_STAGES }, () => post(browser))]
  }
}

/** An answer that passes a dummy stage, beside a route that counts in the session. */
export const stepRow = (cores: Cores, contender: Contender = OURS): Row => ({
  name: `step${contender.suffix}`,
  ours: contender.told('POST that passes a dummy stage'),
  beside: 'bare route that parses the same body, changes one field of the session, sends the same bytes',
  goal: contender.isOurs ? 0.85 : undefined,
  async prepare ({ slice }) {
    return await httpContest(cores, async (servers) => {
      const { server: ours, answers } = await contender.start(servers)
      const beside = await servers.start('bare-steps', { path, texts: answers.map(({ text }) => text) })
      requireAlike(answers, await walk(new Browser(beside.url)))
      return {
        ours: { server: ours, slice, round: WALK_STAGES, requests: answersTo(ours) },
        beside: { server: beside, slice, round: WALK_STAGES, requests: answersTo(beside) }
      }
    })
  }
})

/** The whole flow, beside an actor of XState that is restored and stored with each request. */
export const stepPeerRow = (cores: Cores, contender: Contender = OURS): Row => ({
  name: `step-peer${contender.suffix}`,
  ours: contender.told('the four-stage flow from start to end'),
  beside: 'XState 5 actor restored from and stored to the session with each request',
  goal: contender.isOurs ? 2 : undefined,
  async prepare ({ slice }) {
    return await httpContest(cores, async (servers) => {
      const { server: ours, answers } = await contender.start(servers)
      const beside = await servers.start('xstate', { path, texts: answers.map(({ text }) => text) })
      requireAlike(answers, await walk(new Browser(beside.url)))
      return {
        ours: { server: ours, slice, round: WALK_STAGES + 1, requests: walks(ours) },
        beside: { server: beside, slice, round: WALK_STAGES + 1, requests: walks(beside) }
      }
    })
  }
})

/** An answer with the run in Redis, beside a route that makes one compare-and-set there. */
export const stepRedisRow = (cores: Cores, contender: Contender = OURS): Row => ({
  name: `step-redis${contender.suffix}`,
  ours: contender.told('POST that passes a dummy stage, with the run in Redis'),
  beside: 'bare route doing one Lua compare-and-set with the same client',
  goal: contender.isOurs ? 0.8 : undefined,
  async prepare ({ slice }) {
    return await httpContest(cores, async (servers) => {
      const redis = await servers.startRedis()
      const { server: ours, answers } = await contender.start(servers, { redis })
      const beside = await servers.start('bare-redis', { path, texts: answers.map(({ text }) => text), redis })
      requireAlike(answers, await walk(new Browser(beside.url)))
      return {
        ours: { server: ours, slice, round: WALK_STAGES, requests: answersTo(ours) },
        beside: { server: beside, slice, round: WALK_STAGES, requests: answersTo(beside) }
      }
    })
  }
})
