import { isScalar, isSeq, type Node } from 'yaml'
import { resolveEnumerate, resolveItem } from './resolve-enumerate.js'
import { formatText } from './format-text.js'
import { mergeDeep } from './merge-deep.js'
import { isTruthy } from './truth.js'
import { itemsOf, type FindCondition, type Resolver } from './resolver.js'
import { tagOf } from './tag-forms.js'

/** What the original's context always holds. */
const BUILT_IN_CONTEXT: Readonly<Record<string, unknown>> = { 'goauthentik.io/enterprise/licensed': false }

type TagHandler = (resolver: Resolver, node: Node) => unknown

const HANDLERS: Readonly<Record<string, TagHandler>> = {
  '!KeyOf': resolveKeyOf,
  '!Find': resolveFind,
  '!Context': resolveContext,
  '!Env': resolveEnv,
  '!File': resolveFile,
  '!Format': resolveFormat,
  '!If': resolveIf,
  '!Condition': resolveCondition,
  '!Enumerate': resolveEnumerate,
  '!Index': (resolver, node) => resolveItem(resolver, node, 0),
  '!Value': (resolver, node) => resolveItem(resolver, node, 1)
}

/**
 * Resolves a tagged node.
 *
 * @throws BlueprintError
 */
export function resolveTag (resolver: Resolver, node: Node): unknown {
  const handler = HANDLERS[tagOf(node) ?? '']
  return handler === undefined ? resolver.refuse(node, 'unknown tag') : handler(resolver, node)
}

function resolveKeyOf (resolver: Resolver, node: Node): unknown {
  const id = isScalar(node) ? textOf(node.value) : ''
  return resolver.sources.keyOf(id) ??
    resolver.refuse(node, `KeyOf: failed to find entry with \`id\` of \`${id}\` and a model instance`)
}

function resolveFind (resolver: Resolver, node: Node): unknown {
  const [modelNode, ...conditionNodes] = itemsOf(node)
  const model = resolver.resolve(modelNode)
  if (typeof model !== 'string' || conditionNodes.length === 0) {
    return resolver.refuse(node, '!Find takes [model, [field, value], …] with at least one field')
  }
  const conditions = conditionNodes.map((condition): FindCondition => {
    if (!isSeq(condition) || condition.items.length !== 2) return resolver.refuse(node, '!Find takes each field as [field, value]')
    const [field, value] = condition.items.map((item) => resolver.resolve(item))
    if (typeof field !== 'string') return resolver.refuse(condition, '!Find takes the name of a field first')
    return { field, value, node: condition }
  })
  return resolver.sources.find(model, conditions)
}

/** The key and the default of `!Tag key` and `!Tag [key, default]`. */
function keyAndDefault (resolver: Resolver, node: Node): { key: string, fallback: (() => unknown) | undefined } {
  if (!isSeq(node)) return { key: isScalar(node) ? textOf(node.value) : '', fallback: undefined }
  const [keyNode, defaultNode, ...more] = node.items
  const key = resolver.resolve(keyNode)
  if (typeof key !== 'string' || more.length > 0) return resolver.refuse(node, `${tagOf(node)} takes [key, default]`)
  return { key, fallback: node.items.length > 1 ? () => resolver.resolve(defaultNode) : undefined }
}

function resolveContext (resolver: Resolver, node: Node): unknown {
  const { key, fallback } = keyAndDefault(resolver, node)
  const { context } = resolver.sources
  const own = resolver.sources.contextNode(key)
  const given = Object.hasOwn(context, key) ? resolver.reuse(node, context[key]) : undefined
  if (own !== undefined) {
    const value = resolver.resolve(own)
    return given === undefined ? value : mergeDeep(value, given)
  }
  if (given !== undefined) return given
  if (Object.hasOwn(BUILT_IN_CONTEXT, key)) return BUILT_IN_CONTEXT[key]
  return fallback === undefined ? null : fallback()
}

function resolveEnv (resolver: Resolver, node: Node): unknown {
  const { key, fallback } = keyAndDefault(resolver, node)
  const value = Object.hasOwn(resolver.sources.env, key) ? resolver.sources.env[key] : undefined
  if (value !== undefined && value !== '') return value
  return fallback === undefined ? null : fallback()
}

function resolveFile (resolver: Resolver, node: Node): unknown {
  const { key, fallback } = keyAndDefault(resolver, node)
  const { readFile } = resolver.sources
  if (readFile === undefined) return resolver.refuse(node, '!File is not available here: the loader was given no `readFile`')
  let text: string
  try {
    text = readFile(resolver.place.path, key)
  } catch (error) {
    // A default stands for a file that is missing, not for one that may not be read.
    if (fallback !== undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return fallback()
    return resolver.refuse(node, `!File cannot read '${key}': ${error instanceof Error ? error.message : 'unknown reason'}`)
  }
  if (text.length > resolver.limits.textBytes) {
    resolver.refuse(node, `the file '${key}' is longer than the limit of ${resolver.limits.textBytes}`)
  }
  return text.trim()
}

function resolveFormat (resolver: Resolver, node: Node): unknown {
  const [template, ...values] = itemsOf(node).map((item) => resolver.resolve(item))
  if (typeof template !== 'string') return resolver.refuse(node, '!Format takes [text, values…]')
  return formatText(template, values, resolver.limits.textBytes, (what) => resolver.refuse(node, `!Format: ${what}`))
}

function resolveIf (resolver: Resolver, node: Node): unknown {
  const items = itemsOf(node)
  if (items.length !== 1 && items.length !== 3) {
    return resolver.refuse(node, '!If takes [condition] or [condition, when true, when false]')
  }
  const holds = isTruthy(resolver.resolve(items[0]))
  return items.length === 1 ? holds : resolver.resolve(holds ? items[1] : items[2])
}

const odd = (values: readonly boolean[]) => values.filter(Boolean).length % 2 === 1

const MODES: Readonly<Record<string, (values: readonly boolean[]) => boolean>> = {
  AND: (values) => values.every(Boolean),
  NAND: (values) => !values.every(Boolean),
  OR: (values) => values.some(Boolean),
  NOR: (values) => !values.some(Boolean),
  XOR: odd,
  XNOR: (values) => !odd(values)
}

function resolveCondition (resolver: Resolver, node: Node): unknown {
  const [modeNode, ...rest] = itemsOf(node)
  const mode = textOf(resolver.resolve(modeNode)).toUpperCase()
  const decide = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined
  if (decide === undefined) {
    return resolver.refuse(node, `!Condition takes [mode, values…] with one of the modes ${Object.keys(MODES).join(', ')}`)
  }
  if (rest.length === 0) return resolver.refuse(node, 'At least one value is required after mode selection.')
  return decide(rest.map((item) => isTruthy(resolver.resolve(item))))
}

function textOf (value: unknown): string {
  return typeof value === 'object' ? '' : String(value)
}
