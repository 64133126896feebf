import {
  Composer, Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, Parser, CST,
  type Alias, type Node, type Pair, type YAMLMap
} from 'yaml'
import type { BlueprintLimits } from './limits.js'
import { refuse, type Place } from './place.js'
import { isForbiddenKey } from '../plain-object.js'
import { checkTagForm } from './tag-forms.js'
import { READ_DIALECT } from './yaml-dialect.js'

/** A file whose YAML is sound: known tags, no duplicate keys, nothing beyond the limits. */
export interface ParsedYaml {
  readonly place: Place
  readonly root: YAMLMap
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>
}

/**
 * Reads a text as one YAML document whose root is a mapping.
 *
 * @throws BlueprintError
 */
export function parseYaml (path: string, text: string, limits: BlueprintLimits): ParsedYaml {
  const lines = new LineCounter()
  const place: Place = { path, lines }
  const size = Buffer.byteLength(text)
  if (size > limits.textBytes) refuse(place, 0, `the text has ${size} bytes, more than the limit of ${limits.textBytes}`)
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  checkDepth(tokens, place, limits.depth)
  const documents = [...new Composer(READ_DIALECT).compose(tokens)]
  const root = soundRoot(documents, place)
  return { place, root, aliases: checkNodes(root, place, limits) }
}

function soundRoot (documents: readonly Document[], place: Place): YAMLMap {
  const [document, second] = documents
  if (second !== undefined) refuse(place, second.range?.[0], 'a blueprint is one YAML document, and this is a second one')
  const fault = document?.errors[0]
  if (fault !== undefined) refuse(place, fault.pos[0], `not valid YAML: ${fault.message}`)
  if (document === undefined || !isMap(document.contents)) {
    refuse(place, 0, "a blueprint is a mapping with 'version', 'metadata' and 'entries'")
  }
  return document.contents
}

/** Looks at the tokens, since composing them into nodes would recurse as deep as they go. */
function checkDepth (tokens: readonly CST.Token[], place: Place, limit: number): void {
  const waiting: { token: CST.Token, depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next
    if (token.type === 'document' && token.value !== undefined) waiting.push({ token: token.value, depth })
    if (!CST.isCollection(token)) continue
    if (depth >= limit) refuse(place, token.offset, `nested deeper than the limit of ${limit}`)
    for (const { key, value } of token.items) {
      for (const child of [key, value]) {
        if (child !== null && child !== undefined) waiting.push({ token: child, depth: depth + 1 })
      }
    }
  }
}

function checkNodes (root: Node, place: Place, limits: BlueprintLimits): Map<Alias, Node> {
  const anchors = new Map<string, Node>()
  const aliases = new Map<Alias, Node>()
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const node = waiting.pop()
    if (!isNode(node)) continue
    if (isAlias(node)) {
      aliases.set(node, anchors.get(node.source) ?? refuse(place, node, `no anchor '${node.source}' before this alias`))
      if (aliases.size > limits.aliases) refuse(place, node, `more aliases than the limit of ${limits.aliases}`)
      continue
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, node)
    checkTagForm(node, place)
    if (isMap(node)) checkKeys(node, place)
    // The last goes first, so that nodes are taken in the order of the text: an anchor before its aliases.
    for (const child of childrenOf(node).reverse()) waiting.push(child)
  }
  return aliases
}

function childrenOf (node: Node): unknown[] {
  if (isSeq(node)) return [...node.items]
  return isMap(node) ? node.items.map((pair) => pair.value) : []
}

function checkKeys (map: YAMLMap, place: Place): void {
  const seen = new Set<string>()
  for (const pair of map.items) {
    const key = keyOf(pair, map, place)
    if (key === undefined) continue
    if (isForbiddenKey(key)) refuse(place, keyNode(pair, map), `the key '${key}' is not allowed`)
    if (seen.has(key)) refuse(place, keyNode(pair, map), `the key '${key}' stands twice in one mapping`)
    seen.add(key)
  }
}

function keyNode (pair: Pair, map: YAMLMap): Node {
  return isNode(pair.key) ? pair.key : map
}

/** The key of a pair as text, or undefined where it is the merge key `<<`. */
export function keyOf (pair: Pair, map: YAMLMap, place: Place): string | undefined {
  const { key } = pair
  if (!isScalar(key) || key.value === null || key.tag?.startsWith('!') === true) {
    return refuse(place, keyNode(pair, map), 'a key must be plain text')
  }
  if (typeof key.value === 'symbol') return undefined
  return typeof key.value === 'string' ? key.value : key.source ?? String(key.value)
}
