import type { ASTNode } from '@marcbachmann/cel-js'
import { CEL_VARIABLES, type CelVariable } from './cel-activation.js'

/**
 * What an expression may call. A list of what is allowed, because the language's own list grows: each of these takes time
 * and room in proportion to its arguments, or, where it looks for a text in another, to their product at the worst. Left out are
 * `matches`, whose regular expressions backtrack without bound, and what lets a short expression build a huge value (`bind`,
 * `join`, `split`).
 */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'has', 'all', 'exists', 'exists_one', 'filter', 'map', 'size', 'glob',
  'startsWith', 'endsWith', 'contains', 'indexOf', 'lastIndexOf', 'substring', 'trim', 'lowerAscii', 'upperAscii',
  'bool', 'int', 'double', 'string', 'dyn', 'timestamp', 'duration',
  'getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear',
  'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'
])

/** What goes through a list; `in` as well, unless it is asked of a map. */
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map', 'in'])

/** How many loops may stand inside or behind one another: the time grows with this power of the lists' length. */
const MAX_LOOPS = 2

/** A part of an expression that is well-formed and yet not allowed. */
export interface CelObjection {
  readonly what: string
  readonly at: number
}

/** What is known of an expression without evaluating it. */
export interface CelInspection {
  /** The variables that it names. */
  readonly variables: readonly CelVariable[]
  readonly objection?: CelObjection
}

/** Walks through a parsed expression. */
export function inspectCel (ast: ASTNode): CelInspection {
  const names = new Set<string>()
  const objection = walk(ast, names, 0)
  const variables = CEL_VARIABLES.filter((variable) => names.has(variable))
  return objection === undefined ? { variables } : { variables, objection }
}

function walk (node: ASTNode, names: Set<string>, loops: number): CelObjection | undefined {
  if (node.op === 'id') names.add(node.args)
  const called = node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined
  const inLoops = LOOPS.has(called ?? node.op) ? loops + 1 : loops
  const objection = objectTo(called, inLoops, node.pos)
  if (objection !== undefined) return objection
  for (const child of childrenOf(node)) {
    const below = walk(child, names, inLoops)
    if (below !== undefined) return below
  }
  return undefined
}

function objectTo (name: string | undefined, loops: number, at: number): CelObjection | undefined {
  if (name === 'matches') {
    return { at, what: 'matches() is not available, because a regular expression may take for ever; use startsWith(), endsWith(), contains() or glob(text, pattern)' }
  }
  if (name !== undefined && !FUNCTIONS.has(name)) return { at, what: `there is no function '${name}'; there are ${[...FUNCTIONS].join(', ')}` }
  if (loops > MAX_LOOPS) return { at, what: `more than ${MAX_LOOPS} loops (${[...LOOPS].join(', ')}) inside or behind one another` }
  return undefined
}

function childrenOf (node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
