import type { Group } from '../model/group.js'
import type { UserGroup } from '../model/user.js'

/** How many levels of parents are looked at, as in the original. */
const MAX_LEVELS = 20

/** The groups by primary key, and the way up from each. */
export class GroupTree {
  readonly #groups: ReadonlyMap<string, Group>

  constructor (groups: readonly Group[]) {
    this.#groups = new Map(groups.map((group) => [group.pk, group]))
  }

  has (pk: string): boolean {
    return this.#groups.has(pk)
  }

  /**
   * The groups of these keys and every group above them, each once, nearest first. A cycle ends where it began, the
   * way up ends after 20 levels, and a key that no group has is passed over.
   */
  withAncestors (pks: readonly string[]): readonly UserGroup[] {
    const found = new Map<string, UserGroup>()
    let level: readonly string[] = pks
    for (let depth = 0; depth <= MAX_LEVELS && level.length > 0; depth++) {
      level = this.#take(level, found)
    }
    return [...found.values()]
  }

  /** Adds the groups of one level to those found, and gives the keys of the level above. */
  #take (pks: readonly string[], found: Map<string, UserGroup>): readonly string[] {
    const parents: string[] = []
    for (const pk of pks) {
      const group = this.#groups.get(pk)
      if (group === undefined || found.has(pk)) continue
      found.set(pk, { pk, name: group.name, isSuperuser: group.isSuperuser })
      if (group.parent !== null) parents.push(group.parent)
    }
    return parents
  }
}
