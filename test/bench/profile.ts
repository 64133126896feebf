import type { Profiler } from 'node:inspector'

export type Profile = Profiler.Profile

/** Where processor time goes. */
export const PLACES = ['packages', 'session', 'node', 'collector', 'ours', 'hashes', 'route', 'other'] as const

export type Place = typeof PLACES[number]

/** The same in words. */
export const PLACE_TEXTS: Readonly<Record<Place, string>> = {
  packages: 'Fastify and other packages, with writing to the socket',
  session: 'session and its cookie',
  node: "Node's own JavaScript: HTTP, streams, timers",
  collector: 'the collector, without its helper threads',
  ours: 'this package but for its hashes, with what is bundled into it',
  hashes: "this package's hashes",
  route: "the benchmark's own route",
  other: 'V8 itself, and what cannot be told'
}

/** Shares of the time in which the server did something; together 1. */
export type Shares = Readonly<Record<Place, number>>

type ProfileNode = Profile['nodes'][number]

/** By part of a script's URL. The first that fits; the benchmark's own package is found by what it is bundled into. */
const SCRIPTS: ReadonlyArray<readonly [RegExp, Place]> = [
  [/\/node_modules\/(?:@fastify\/(?:session|cookie)|cookie)\//, 'session'],
  [/\/node_modules\//, 'packages'],
  [/\/dist\/bench\//, 'route'],
  [/\/dist\//, 'ours'],
  [/^node:/, 'node']
]

/**
 * Tells where the time of a profile went. What is native, or Node's own, is counted for the package that has called for it: what
 * calls costs.
 */
export function sharesOf ({ nodes, samples = [], timeDeltas = [] }: Profile): Shares {
  const shares: Record<Place, number> = { packages: 0, session: 0, node: 0, collector: 0, ours: 0, hashes: 0, route: 0, other: 0 }
  const placeOf = placesIn(nodes)
  let total = 0
  samples.forEach((id, index) => {
    const place = placeOf.get(id)
    if (place === undefined) return
    const time = timeDeltas[index] ?? 0
    shares[place] += time
    total += time
  })
  for (const place of PLACES) shares[place] /= total
  return shares
}

/** Idle, or the profiler itself: part of no operation. */
function isAside ({ callFrame: { functionName, url } }: ProfileNode): boolean {
  return functionName === '(idle)' || url === 'node:inspector'
}

/** The place of each node of a profile; what is aside has none. */
function placesIn (nodes: readonly ProfileNode[]): ReadonlyMap<number, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const places = new Map<number, Place>()
  const visit = (id: number, caller: Place): void => {
    const node = byId.get(id)
    if (node === undefined || isAside(node)) return
    const place = placeOf(node, caller)
    places.set(id, place)
    for (const child of node.children ?? []) visit(child, place)
  }
  if (nodes[0] !== undefined) visit(nodes[0].id, 'other')
  return places
}

function placeOf ({ callFrame: { functionName, url } }: ProfileNode, caller: Place): Place {
  if (functionName === '(garbage collector)') return 'collector'
  const [, place] = SCRIPTS.find(([part]) => part.test(url)) ?? []
  if (caller === 'ours' && url === 'node:internal/crypto/hash') return 'hashes'
  if (place === undefined) return caller
  return place === 'node' && caller !== 'other' ? caller : place
}
