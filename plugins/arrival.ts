/** How often the clocks are read again where the process was held up between them. */
const MAX_TRIES = 10

/** Milliseconds between two readings that were not held up. */
const AT_ONCE = 0.1

/**
 * When a request arrived, by the clock. Fastify tells how long ago that was; who is held up between reading the one and the other
 * would take the request for an older one, and its answer for one that came before the last reply.
 */
export function arrivalOf (reply: { readonly elapsedTime: number }, clock: () => number): number {
  let arrivedAt = -Infinity
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = clock()
    const elapsed = reply.elapsedTime
    const now = clock()
    arrivedAt = now - elapsed
    if (now - before < AT_ONCE) break
  }
  return arrivedAt
}
