/// <reference types="@fastify/session" preserve="true" />
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FlowPlannerOptions } from './options.js'
import { hasSession } from './session-data.js'

/** What should be shared by processes and is this one's own where the option is left out. */
const SHARED = ['runs', 'signIns', 'attempts', 'reputation', 'users', 'sealKeys'] as const

interface Warning {
  readonly message: string
  /** Whether this request shows that the app is set up wrong. */
  isSeen (request: FastifyRequest): boolean
}

const WARNINGS: readonly Warning[] = [
  {
    message: "the session cookie is not 'Secure' and clients are not on this machine: serve TLS, and set cookie.secure to true or 'auto'",
    isSeen: (request) => hasSession(request) && request.session.cookie.secure !== true && !isLoopback(request.ip)
  },
  {
    message: "requests come through a proxy that 'trustProxy' does not name: addresses, origins and secure cookies go by the proxy's own",
    // Fastify knows the addresses on the way only where it trusts a proxy.
    isSeen: ({ ips, headers }) => ips === undefined && (headers['x-forwarded-for'] ?? headers['forwarded']) !== undefined
  }
]

/** Of what is fine for a trial only. The import is here because nothing else needs it. */
async function productionWarning (): Promise<Warning> {
  const { MemoryStore } = await import('@fastify/session')
  return {
    message: "sessions are in @fastify/session's MemoryStore in production: it never forgets, and is lost with the process; give it a store",
    isSeen: (request) => request.sessionStore instanceof MemoryStore
  }
}

/**
 * Warns in the app's log, once each, of what can be seen to be set up wrong: some of it at the start, some only by the requests
 * that come. What a plugin cannot see, the README asks for.
 *
 * @returns what is to look at every request.
 */
export async function warnOfSetup (
  app: FastifyInstance, options: FlowPlannerOptions
): Promise<(request: FastifyRequest) => void> {
  const own = SHARED.filter((name) => options[name] === undefined)
  const { default: { isWorker } } = await import('node:cluster')
  if (isWorker && own.length > 0) {
    app.log.warn(`this is one of several processes, and keeps ${own.join(', ')} to itself: a client that reaches another one starts anew`)
  }
  let left = process.env['NODE_ENV'] === 'production' ? [...WARNINGS, await productionWarning()] : WARNINGS
  return (request) => {
    for (const warning of left) {
      if (!warning.isSeen(request)) continue
      left = left.filter((other) => other !== warning)
      app.log.warn(`${warning.message} (see "Security" in the README of fastify-flow-planner)`)
    }
  }
}

/** Asked with every request, so by the text: an IPv4 address may be written as one of IPv6. */
function isLoopback (address: string | undefined): boolean {
  // Over a Unix socket there is no address, and whoever is at its other end is on this machine.
  return address === undefined || address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}
