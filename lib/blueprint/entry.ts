import { isAlias, isMap, isNode, isScalar, type Node, type YAMLMap } from 'yaml'
import type { Resolver } from './resolver.js'
import { isTruthy } from './truth.js'
import { tagOf } from './tag-forms.js'

/** What an entry may hold. */
const PARTS = ['model', 'id', 'identifiers', 'attrs', 'state', 'conditions', 'permissions'] as const
type Part = typeof PARTS[number]

const STATES = ['present', 'created', 'must_created', 'absent'] as const

/** What an entry asks for. */
export type EntryState = typeof STATES[number]

/** An entry of a blueprint, its parts resolved when they are asked for. */
export class Entry {
  readonly node: Node
  readonly #resolver: Resolver
  readonly #parts = new Map<Part, Node>()

  /**
   * @throws BlueprintError where the entry is no mapping or has a part that there is not.
   */
  constructor (node: unknown, parent: Node, resolver: Resolver) {
    const target = isAlias(node) ? resolver.follow(node) : node
    if (!isMap(target) || tagOf(target) !== undefined) {
      resolver.refuse(nodeOr(target, parent), `an entry is a mapping with ${PARTS.join(', ')}`)
    }
    this.node = target
    this.#resolver = resolver
    for (const [key, value] of resolver.members(target)) {
      const part = PARTS.find((name) => name === key)
      if (part === undefined) resolver.refuse(keyIn(target, key), `an entry has no '${key}', it has ${PARTS.join(', ')}`)
      this.#parts.set(part, nodeOr(value, target))
    }
  }

  /** The node of a part, or of the entry where it has none. */
  nodeOf (part: Part): Node {
    return this.#parts.get(part) ?? this.node
  }

  #value (part: Part): unknown {
    const node = this.#parts.get(part)
    return node === undefined ? undefined : this.#resolver.resolve(node) ?? undefined
  }

  /** By what other entries of the file refer to it. */
  get id (): string | undefined {
    const node = this.#parts.get('id')
    if (node === undefined || (isScalar(node) && node.value === null)) return undefined
    if (!isScalar(node) || tagOf(node) !== undefined) return this.#resolver.refuse(node, "'id' must be plain text")
    return String(node.value)
  }

  /** Whether all conditions hold. */
  isWanted (): boolean {
    const conditions = this.#value('conditions')
    if (conditions === undefined) return true
    if (!Array.isArray(conditions)) return this.#resolver.refuse(this.nodeOf('conditions'), "'conditions' must be a list")
    return conditions.every(isTruthy)
  }

  /** The model's name in lower case. */
  model (): string {
    const model = this.#value('model')
    if (typeof model === 'string' && /^\w+\.\w+$/.test(model)) return model.toLowerCase()
    return this.#resolver.refuse(this.nodeOf('model'), "'model' must be the name of a model, such as authentik_flows.flow")
  }

  state (): EntryState {
    const state = this.#value('state') ?? 'present'
    return STATES.find((name) => name === state) ??
      this.#resolver.refuse(this.nodeOf('state'), `'state' must be one of ${STATES.join(', ')}`)
  }

  hasPermissions (): boolean {
    return isTruthy(this.#value('permissions'))
  }

  /** The members of identifiers or attrs with the nodes they came from, by their names in the file. */
  members (part: 'identifiers' | 'attrs'): Map<string, { value: unknown, node: Node }> {
    const node = this.#parts.get(part)
    const members = new Map<string, { value: unknown, node: Node }>()
    if (node === undefined || (isScalar(node) && node.value === null)) return members
    const target = isAlias(node) ? this.#resolver.follow(node) : node
    if (isMap(target) && tagOf(target) === undefined) {
      for (const [key, value] of this.#resolver.members(target)) {
        members.set(key, { value: this.#resolver.resolve(value), node: keyIn(target, key) })
      }
      return members
    }
    const resolved = this.#resolver.resolve(node)
    if (typeof resolved !== 'object' || resolved === null || Array.isArray(resolved)) {
      return this.#resolver.refuse(node, `'${part}' must be a mapping of fields to values`)
    }
    for (const [key, value] of Object.entries(resolved)) members.set(key, { value, node })
    return members
  }
}

function nodeOr (value: unknown, otherwise: Node): Node {
  return isNode(value) ? value : otherwise
}

/** The node of a key, so that messages name its line. */
function keyIn (map: YAMLMap, key: string): Node {
  for (const pair of map.items) {
    if (isScalar(pair.key) && (pair.key.value === key || pair.key.source === key)) return pair.key
  }
  return map
}
