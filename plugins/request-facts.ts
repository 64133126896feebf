import type { FastifyRequest } from 'fastify'
import { CrossSiteError } from '../lib/errors.js'
import type { RequestFacts } from '../lib/request-facts.js'

/** What stages and policies may know of a request. Proxies are trusted as far as the app's `trustProxy` says. */
export function factsOf (request: FastifyRequest): RequestFacts {
  // Over a Unix socket there is none, whatever Fastify's types say.
  const ip: string | undefined = request.ip
  return {
    route: request.routeOptions.url,
    id: String(request.id),
    ip: ip ?? '',
    method: request.method,
    path: pathOf(request.url),
    origin: `${request.protocol}://${request.host}`,
    headers: request.headers
  }
}

function pathOf (url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/**
 * Whether the browser says that something other than a page of this origin has caused the request: another site, or a
 * sibling host. A browser that says nothing, and a person who typed the address, are taken at their word.
 */
export function isFromElsewhere (request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = request.headers
  return origin !== undefined && !isSameOrigin(origin, `${request.protocol}://${request.host}`)
}

/**
 * Refuses what would change something and was caused by another site.
 *
 * @throws CrossSiteError
 */
export function requireOwnPage (request: FastifyRequest): void {
  if (isFromElsewhere(request)) throw new CrossSiteError()
}

/** Whether both are one origin, whose default port may be left out and whose letters may be of any case. */
function isSameOrigin (one: string, other: string): boolean {
  if (one === other) return true
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin
}
