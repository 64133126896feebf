import { Sensitive } from '../context/sensitive.js'
import { ExpressionError } from '../errors.js'

/** How deep a value may be nested before an expression may no longer look into it. */
export const CEL_MAX_DEPTH = 32

/** How many items a list or members a map may have: loops stand inside one another, and nothing can interrupt them. */
export const CEL_MAX_SIZE = 1000

/** An object whose fields are declared to the expression language; it is handed on as it is. */
export abstract class CelObject {}

/**
 * Turns a value into what an expression works with. Nothing is copied before it is looked at.
 *
 * Whole numbers become BigInt, the language's `int`, so that they compare and add with literals. Objects become views
 * without a prototype. What has no counterpart, a function for one, is absent. The evaluator asks a value for its
 * `constructor`, so a member of that name is absent as well.
 *
 * @param reveal whether the content of `Sensitive` values is there; otherwise they are absent.
 */
export function toCel (value: unknown, reveal: boolean, depth = 0): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null || value instanceof CelObject) return value
  if (value instanceof Sensitive) return reveal ? value.reveal() : undefined
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (depth >= CEL_MAX_DEPTH) throw new ExpressionError(`a value is nested deeper than ${CEL_MAX_DEPTH} levels`)
  if (Array.isArray(value) || value instanceof Set) return list(Array.from(value), reveal, depth)
  return view(value instanceof Map ? value : new Map(Object.entries(value)), reveal, depth)
}

function list (items: readonly unknown[], reveal: boolean, depth: number): unknown[] {
  refuseSize(items.length)
  return items.map((item) => toCel(item, reveal, depth + 1) ?? null)
}

function view (members: ReadonlyMap<unknown, unknown>, reveal: boolean, depth: number): object {
  refuseSize(members.size)
  const target: object = Object.create(null)
  for (const [key, value] of members) {
    if (typeof key !== 'string' || key === 'constructor' || isAbsent(value, reveal)) continue
    Object.defineProperty(target, key, {
      enumerable: true,
      configurable: true,
      get () {
        const converted = toCel(value, reveal, depth + 1)
        Object.defineProperty(target, key, { enumerable: true, value: converted })
        return converted
      }
    })
  }
  return target
}

function refuseSize (size: number): void {
  if (size > CEL_MAX_SIZE) throw new ExpressionError(`a list or map has more than ${CEL_MAX_SIZE} members`)
}

function isAbsent (value: unknown, reveal: boolean): boolean {
  if (value instanceof Sensitive) return !reveal || value.reveal() === undefined
  return value === undefined || typeof value === 'function' || typeof value === 'symbol'
}

/**
 * Turns the result of an expression into plain values: a BigInt into a number where it fits, else into its digits, a
 * point in time into ISO 8601.
 *
 * @throws ExpressionError where the result is nothing that could be shown.
 */
export function fromCel (value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(fromCel)
  if (!isRecord(value)) throw new ExpressionError('the result is neither text, number, boolean, list nor map')
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fromCel(member)]))
}

function isRecord (value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
