import { FormatRegistry, Kind, type TSchema } from '@sinclair/typebox'
import { Value, ValueCheckUnknownTypeError } from '@sinclair/typebox/value'
import { OptionsError } from '../errors.js'

/** Keywords whose value is a schema or a list of them. What else a schema has may be anything. */
const INSIDE = ['items', 'additionalItems', 'additionalProperties', 'unevaluatedProperties', 'contains', 'not', 'allOf', 'anyOf'] as const

/** Keywords whose value has schemas by name. */
const NAMED = ['properties', 'patternProperties', '$defs'] as const

/** A kind of stage or policy, with those of its schemas by which values are checked. */
export interface KindSchemas {
  readonly kind: string
  readonly options: TSchema
  /** One that is made for the turn cannot be looked at. */
  readonly answerSchema?: unknown
}

/**
 * Refuses a kind of which a schema has a type or a format that is not known here. A host may have registered it with its own copy
 * of TypeBox: this one would let no text of the format pass, and fail at the type, when somebody answers.
 *
 * @throws OptionsError
 */
export function requireKnownTypes ({ kind, options, answerSchema }: KindSchemas): void {
  for (const schema of [options, answerSchema].flatMap(schemasIn)) {
    const unknown = unknownTypeOf(schema)
    if (unknown !== undefined) refuse(kind, `type '${unknown}'`, 'TypeRegistry')
    const { type, format } = schema
    if (type === 'string' && typeof format === 'string' && !FormatRegistry.Has(format)) refuse(kind, `format '${format}'`, 'FormatRegistry')
  }
}

function refuse (kind: string, what: string, registry: string): never {
  throw new OptionsError(`the kind '${kind}' has the ${what}, which is not known: register it with the ${registry} of fastify-flow-planner/stages`)
}

/** The type that TypeBox cannot check by, of a schema or one inside it; undefined where it comes to none. */
function unknownTypeOf (schema: TSchema): string | undefined {
  try {
    Value.Check(schema, null)
    return undefined
  } catch (error) {
    return error instanceof ValueCheckUnknownTypeError ? String(error.schema[Kind]) : undefined
  }
}

/** A schema and all schemas inside it. */
function schemasIn (schema: unknown): TSchema[] {
  if (Array.isArray(schema)) return schema.flatMap(schemasIn)
  if (!isSchema(schema)) return []
  const named = NAMED.flatMap((keyword) => Object.values<unknown>(Object(schema[keyword])))
  return [schema, ...[...INSIDE.map((keyword): unknown => schema[keyword]), ...named].flatMap(schemasIn)]
}

function isSchema (value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null
}
