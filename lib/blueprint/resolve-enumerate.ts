import { isScalar, type Node } from 'yaml'
import { isPlainObject } from '../plain-object.js'
import { Merging } from './merge-deep.js'
import { itemsOf, type Resolver } from './resolver.js'
import { tagOf } from './tag-forms.js'

/**
 * Resolves `!Enumerate [list or mapping, SEQ or MAP, body]`: the body once for each item.
 *
 * @throws BlueprintError
 */
export function resolveEnumerate (resolver: Resolver, node: Node): unknown {
  const [source, outputNode, body, ...more] = itemsOf(node)
  const output = resolver.resolve(outputNode)
  const kind = typeof output === 'string' ? output.toUpperCase() : ''
  if (body === undefined || more.length > 0 || (kind !== 'SEQ' && kind !== 'MAP')) {
    return resolver.refuse(node, '!Enumerate takes [list or mapping, SEQ or MAP, body]')
  }
  const frame: Resolver['frames'][number] = {}
  resolver.frames.push(frame)
  const items = itemsToGoThrough(resolver, node, resolver.resolve(source))
  if (items.length > resolver.limits.items) {
    resolver.refuse(node, `!Enumerate has ${items.length} items, more than the limit of ${resolver.limits.items}`)
  }
  const results = items.map((item) => {
    frame.item = item
    return resolver.resolve(body)
  })
  resolver.frames.pop()
  return kind === 'SEQ' ? results : mergeResults(resolver, node, results)
}

function itemsToGoThrough (resolver: Resolver, node: Node, source: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(source)) return source.map((value, index) => [index, value])
  if (isPlainObject(source)) return Object.entries(source)
  return resolver.refuse(node, "!Enumerate's iterable must be a list or a mapping")
}

function mergeResults (resolver: Resolver, node: Node, results: readonly unknown[]): unknown {
  const merging = new Merging()
  return results.reduce((merged, result) => merging.merge(merged, asMapping(resolver, node, result)), {})
}

function asMapping (resolver: Resolver, node: Node, result: unknown): Record<string, unknown> {
  if (isPlainObject(result)) return result
  const [key, value, ...more] = Array.isArray(result) ? result : []
  if ((typeof key !== 'string' && typeof key !== 'number') || value === undefined || more.length > 0) {
    return resolver.refuse(node, 'Invalid Enumerate item found: MAP takes a mapping or [key, value] for each item')
  }
  const mapping: Record<string, unknown> = {}
  resolver.setMember(node, mapping, String(key), value)
  return mapping
}

/** Resolves `!Index depth` (part 0) and `!Value depth` (part 1) of the `!Enumerate` that is `depth` levels out. */
export function resolveItem (resolver: Resolver, node: Node, part: 0 | 1): unknown {
  const name = tagOf(node)?.slice(1)
  const depth = isScalar(node) ? Number(node.value) : NaN
  if (!Number.isInteger(depth) || depth < 0) return resolver.refuse(node, `!${name} takes a depth from 0 (the innermost)`)
  const { frames } = resolver
  if (frames.length === 0) return resolver.refuse(node, `${name} tags are only usable inside an Enumerate tag`)
  const frame = frames[frames.length - 1 - depth]
  if (frame === undefined) return resolver.refuse(node, `invalid depth: ${depth}. Max depth: ${frames.length - 1}`)
  if (frame.item === undefined) {
    return resolver.refuse(node, `${name}: an Enumerate cannot go through its own items; set the depth bigger than ${depth}`)
  }
  return resolver.reuse(node, frame.item[part])
}
