import { isAlias, isMap, isNode, isSeq, type Node, type YAMLMap } from 'yaml'
import type { BlueprintFile } from './blueprint-file.js'
import type { BlueprintLimits } from './limits.js'
import { keyOf, parseYaml, type ParsedYaml } from './parse.js'
import { refuse } from './place.js'
import { isPlainObject } from '../plain-object.js'
import { Resolver, type TagSources } from './resolver.js'
import { tagOf } from './tag-forms.js'

/** A parsed blueprint whose entries have not been looked at. */
export interface SourceFile {
  readonly yaml: ParsedYaml
  readonly path: string
  /** `metadata.name`, by which other files depend on this one. */
  readonly name: string | undefined
  readonly context: ReadonlyMap<string, Node>
  readonly entries: readonly EntryNode[]
  /** Keys at the top that a blueprint does not have. */
  readonly unknownKeys: readonly Node[]
}

export interface EntryNode {
  readonly node: unknown
  /** `entry 3`, or `entry 3 of 'section'` where the entries are in named lists. */
  readonly label: string
}

const NO_SOURCES: TagSources = {
  keyOf: () => undefined, find: () => null, contextNode: () => undefined, context: {}, env: {}, readFile: undefined
}

/**
 * Reads the top of a blueprint.
 *
 * @throws BlueprintError
 */
export function readSourceFile ({ path, text }: BlueprintFile, limits: BlueprintLimits): SourceFile {
  const yaml = parseYaml(path, text, limits)
  // The top level is read before anything that a tag could ask for is there.
  const resolver = new Resolver(yaml, NO_SOURCES, limits)
  const members = resolver.members(yaml.root)
  const version = members.has('version') ? resolver.resolve(members.get('version')) : 1
  if (version !== 1) refuse(yaml.place, nodeIn(members, 'version', yaml.root), "Invalid blueprint version: 'version' must be 1")
  const metadata = resolver.resolve(members.get('metadata'))
  const name = isPlainObject(metadata) ? metadata.name : undefined
  if (name !== undefined && typeof name !== 'string') {
    refuse(yaml.place, nodeIn(members, 'metadata', yaml.root), "'metadata.name' must be plain text")
  }
  return {
    yaml,
    path,
    name,
    context: readContext(members.get('context'), resolver, yaml),
    entries: readEntries(members.get('entries'), resolver, yaml),
    unknownKeys: unknownKeys(yaml.root, yaml)
  }
}

function nodeIn (members: ReadonlyMap<string, unknown>, key: string, otherwise: Node): Node {
  const node = members.get(key)
  return isNode(node) ? node : otherwise
}

function target (node: unknown, resolver: Resolver): unknown {
  return isAlias(node) ? resolver.follow(node) : node
}

function isEmpty (node: unknown): boolean {
  return node === undefined || node === null || (isNode(node) && !isMap(node) && !isSeq(node) && node.toJSON() === null)
}

function readContext (node: unknown, resolver: Resolver, yaml: ParsedYaml): Map<string, Node> {
  const map = target(node, resolver)
  const context = new Map<string, Node>()
  if (isEmpty(map)) return context
  if (!isMap(map) || tagOf(map) !== undefined) return refuse(yaml.place, yaml.root, "'context' must be a mapping")
  for (const [key, value] of resolver.members(map)) {
    if (isNode(value)) context.set(key, value)
  }
  return context
}

function readEntries (node: unknown, resolver: Resolver, yaml: ParsedYaml): EntryNode[] {
  const list = target(node, resolver)
  if (isSeq(list) && tagOf(list) === undefined) return list.items.map((item, index) => ({ node: item, label: `entry ${index + 1}` }))
  if (!isMap(list) || tagOf(list) !== undefined) {
    return refuse(yaml.place, isNode(list) ? list : yaml.root, "'entries' must be a list of entries, or a mapping of names to such lists")
  }
  return [...resolver.members(list)].flatMap(([section, sectionNode]) => {
    const items = target(sectionNode, resolver)
    if (isEmpty(items)) return []
    if (!isSeq(items)) return refuse(yaml.place, list, `'entries.${section}' must be a list of entries`)
    return items.items.map((item, index) => ({ node: item, label: `entry ${index + 1} of '${section}'` }))
  })
}

const TOP_KEYS: readonly (string | undefined)[] = ['version', 'metadata', 'context', 'entries', undefined]

function unknownKeys (root: YAMLMap, yaml: ParsedYaml): Node[] {
  return root.items.flatMap((pair) =>
    isNode(pair.key) && !TOP_KEYS.includes(keyOf(pair, root, yaml.place)) ? [pair.key] : [])
}
