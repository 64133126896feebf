import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import { Foreign } from './foreign.js'
import type { BlueprintLimits } from './limits.js'
import { keyOf, type ParsedYaml } from './parse.js'
import { refuse, type Place } from './place.js'
import { isForbiddenKey, isPlainObject } from '../plain-object.js'
import { resolveTag } from './resolve-tag.js'
import { tagOf } from './tag-forms.js'

/** Where the values of tags come from. */
export interface TagSources {
  /** The primary key of an entry that was applied before, by its id. */
  keyOf (id: string): string | Foreign | undefined
  /** The primary key of the first object that has these values; null where none has. */
  find (model: string, conditions: readonly FindCondition[]): string | Foreign | null
  /** The node that the file's own context has under a key. */
  contextNode (key: string): Node | undefined
  /** What the caller's context holds. */
  readonly context: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a file that the blueprint names. */
  readonly readFile: ((path: string, relative: string) => string) | undefined
}

export interface FindCondition {
  readonly field: string
  readonly value: unknown
  readonly node: Node
}

/** One `!Enumerate` on its way; without `item` while it resolves what it goes through. */
export interface EnumerateFrame {
  item?: readonly [key: unknown, value: unknown]
}

/** Turns the nodes of one file into values, each only when it is asked for. */
export class Resolver {
  readonly frames: EnumerateFrame[] = []
  readonly sources: TagSources
  readonly limits: BlueprintLimits
  /** Where messages say that something is wrong; the entry in it changes as the file is gone through. */
  place: Place
  readonly #aliases: ReadonlyMap<Alias, Node>
  #depth = 0
  #aliasesFollowed = 0
  #values = 0

  constructor (file: ParsedYaml, sources: TagSources, limits: BlueprintLimits) {
    this.sources = sources
    this.limits = limits
    this.place = file.place
    this.#aliases = file.aliases
  }

  /**
   * @throws BlueprintError
   */
  resolve (node: unknown): unknown {
    if (isAlias(node)) return this.resolve(this.follow(node))
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
    if (this.#depth >= this.limits.depth) this.refuse(node, `resolves deeper than the limit of ${this.limits.depth}`)
    this.#spend(node, 1)
    this.#depth++
    const value = tagOf(node) === undefined ? this.#plain(node) : resolveTag(this, node)
    this.#depth--
    return value
  }

  /** What an alias stands for. */
  follow (alias: Alias): Node {
    const target = this.#aliases.get(alias)
    if (target === undefined || ++this.#aliasesFollowed > this.limits.aliases) {
      return this.refuse(alias, `more aliases followed than the limit of ${this.limits.aliases}`)
    }
    return target
  }

  /** Hands on a value that was there already; it counts as what it holds, so that lists of lists cannot grow without end. */
  reuse (node: Node, value: unknown): unknown {
    const waiting = [value]
    while (waiting.length > 0) {
      const part = waiting.pop()
      this.#spend(node, 1)
      // One by one: a list may have more items than a call can have arguments.
      const inside = Array.isArray(part) ? part : isPlainObject(part) ? Object.values(part) : []
      for (const item of inside) waiting.push(item)
    }
    return value
  }

  /** Sets a member of a value that is being made. */
  setMember (node: Node, target: Record<string, unknown>, key: string, value: unknown): void {
    if (isForbiddenKey(key)) this.refuse(node, `the key '${key}' is not allowed`)
    target[key] = value
  }

  refuse (node: Node, what: string): never {
    return refuse(this.place, node, what)
  }

  #spend (node: Node, count: number): void {
    this.#values += count
    if (this.#values > this.limits.values) this.refuse(node, `the file comes to more values than the limit of ${this.limits.values}`)
  }

  #plain (node: Node): unknown {
    if (isScalar(node)) return node.value
    if (isSeq(node)) return node.items.map((item) => this.resolve(item))
    return isMap(node) ? this.#mapping(node) : null
  }

  #mapping (map: YAMLMap): Record<string, unknown> {
    const merged: Record<string, unknown> = {}
    for (const [key, node] of this.members(map)) this.setMember(map, merged, key, this.resolve(node))
    return merged
  }

  /** The members of a mapping, those merged by `<<` included: what the mapping itself states goes before them. */
  members (map: YAMLMap): Map<string, unknown> {
    const members = new Map<string, unknown>()
    const merged: unknown[] = []
    for (const pair of map.items) {
      const key = keyOf(pair, map, this.place)
      if (key === undefined) merged.push(pair.value)
      else members.set(key, pair.value)
    }
    for (const source of merged) this.#merge(members, source, map)
    return members
  }

  #merge (members: Map<string, unknown>, source: unknown, map: YAMLMap): void {
    const target = isAlias(source) ? this.follow(source) : source
    if (isSeq(target)) {
      for (const item of target.items) this.#merge(members, item, map)
      return
    }
    if (!isMap(target) || target === map) this.refuse(map, "'<<' merges a mapping or a list of mappings")
    this.#depth++
    if (this.#depth > this.limits.depth) this.refuse(map, `merges deeper than the limit of ${this.limits.depth}`)
    for (const [key, value] of this.members(target)) {
      if (!members.has(key)) members.set(key, value)
    }
    this.#depth--
  }
}

/** The items of a list that follows a tag. */
export function itemsOf (node: Node): readonly unknown[] {
  const list: YAMLSeq | undefined = isSeq(node) ? node : undefined
  return list?.items ?? []
}
