import autocannon from 'autocannon'
import type { Sample } from './row.js'
import type { ServerProcess } from './server-process.js'

/** Connections that are used at once, each with a browser of its own. */
export const CONNECTIONS = 32

/** Answers for each connection, at most, before the time is taken. */
const OPENING = 5

export type LoadRequest = autocannon.Request

/** The requests of every connection, to be sent one after the other, again and again where there are fewer than asked for. */
export interface Load {
  readonly lists: readonly LoadRequest[][]
  /** Requests of each connection. */
  readonly count: number
  readonly status: number
}

/**
 * Keeps this process from sleeping until what it gives is called. Waking a process that sleeps costs the one who wakes it: of two
 * servers the slower one, whose client sleeps more, would pay for that too.
 */
function stayAwake (): () => void {
  let isAwake = true
  const turn = (): void => { if (isAwake) setImmediate(turn) }
  turn()
  return () => { isAwake = false }
}

/**
 * Sends the requests and waits for all answers. The time is taken once there have been about five for each connection: opening
 * them is no part of the rate, nor that ours holds answers back while an address does so. The processor's time is that of all.
 *
 * @throws Error where one was not answered with the status that was expected.
 */
export async function run (server: ServerProcess, { lists, count, status }: Load): Promise<Sample> {
  const total = count * lists.length
  const opening = lists.length * Math.min(OPENING, count >> 1)
  let connection = 0
  let answers = 0
  let began = 0
  let ended = 0
  const before = await server.cpu()
  const sleep = stayAwake()
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon({
      url: server.url,
      connections: lists.length,
      amount: total,
      sampleInt: 5,
      setupClient: (client) => { client.setRequests(lists[connection++] ?? []) }
    }, (error: unknown, result) => error instanceof Error ? reject(error) : resolve(result))
    instance.on('start', () => { began = performance.now() })
    instance.on('response', () => {
      ended = performance.now()
      answers += 1
      if (answers === opening) began = ended
    })
  })
  sleep()
  const answered = result.statusCodeStats?.[`${status}`]?.count
  if (answered !== total) throw new Error(`${total} answers of status ${status} were expected: ${JSON.stringify(result.statusCodeStats)}`)
  const cpu = await server.cpu() - before
  return { rate: (total - opening) / (ended - began) * 1000, rateOfCpu: total / cpu * 1000 }
}
