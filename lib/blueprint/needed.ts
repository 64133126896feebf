import type { Keyed } from './assemble.js'
import type { Table } from './models.js'
import { referencesOf } from './row-references.js'

/** The order in which a file states objects: each after those that it refers to. */
const ORDER: readonly Table[] = ['flow', 'group', 'prompt', 'policy', 'stage', 'binding', 'policyBinding']

/**
 * Picks the flow with everything that it needs: its bindings, their stages, the policies bound to any of them, and what
 * those refer to. Other flows are not among them. Within a table an object comes after those that it refers to, unless
 * they refer to each other; bindings keep their order.
 */
export function neededBy (flow: Keyed, objects: readonly Keyed[]): Keyed[] {
  const byPk = new Map(objects.map((object) => [object.pk, object]))
  const needed = new Set<Keyed>()
  const take = (object: Keyed) => {
    if (needed.has(object) || seen.has(object)) return
    seen.add(object)
    for (const { pk } of referencesOf(object)) {
      const other = byPk.get(pk)
      if (other !== undefined && other.model.table !== 'flow') take(other)
    }
    needed.add(object)
  }
  const seen = new Set<Keyed>()
  needed.add(flow)
  const bindings = targeting(objects, 'binding', new Set([flow.pk]))
  bindings.forEach(take)
  targeting(objects, 'policyBinding', new Set([flow, ...bindings].map(({ pk }) => pk))).forEach(take)
  return [...needed].sort((a, b) => ORDER.indexOf(a.model.table) - ORDER.indexOf(b.model.table))
}

function targeting (objects: readonly Keyed[], table: Table, targets: ReadonlySet<unknown>): Keyed[] {
  return objects.filter(({ model, fields }) => model.table === table && targets.has(fields.target))
}
