import { Kind, KindGuard, Type, type SchemaOptions, type Static, type TSchema, type TString, type TUnsafe } from '@sinclair/typebox'
import type { Sensitive } from '../context/sensitive.js'
import './schema-types.js'

/** A closed set of strings, published as `enum` (a union of literals would be published as `anyOf`). */
export function StringEnum<const T extends readonly string[]> (values: T, options: SchemaOptions = {}): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ ...options, [Kind]: 'StringEnum', type: 'string', enum: values })
}

/** A UUID in its hyphenated form. */
export function Uuid (options: SchemaOptions = {}): TString {
  return Type.String({ ...options, format: 'uuid' })
}

/** What a reference points at. */
export type ReferenceTarget = 'flow' | 'stage' | 'policy' | 'prompt' | 'group'

/** A UUID that must be the primary key of another object of the same definitions. */
export function Reference (target: ReferenceTarget, options: SchemaOptions = {}): TString {
  return Type.String({ ...options, format: 'uuid', reference: target })
}

/** The value or null, as the published operation writes an absent reference. */
export function Nullable<T extends TSchema> (schema: T, options: SchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options)
}

/** A whole number that fits the original's 32-bit column. */
export const Int32 = (options: SchemaOptions = {}) =>
  Type.Integer({ ...options, minimum: -2147483648, maximum: 2147483647 })

/** A whole number from 0. */
export const Count = (options: SchemaOptions = {}) => Type.Integer({ ...options, minimum: 0, maximum: 2147483647 })

/** Text that may not be blank. */
export const Text = (options: SchemaOptions = {}) => Type.String({ ...options, minLength: 1 })

/** How the verdicts of a target's policy bindings are combined. */
export const PolicyEngineModeSchema = StringEnum(['all', 'any'] as const, { default: 'any' })
export type PolicyEngineMode = 'all' | 'any'

/** Text that nobody may read by accident: checked as a string, then handed on wrapped. */
export const SensitiveText = (options: SchemaOptions = {}) =>
  Type.Unsafe<Sensitive>(Type.String({ ...options, sensitive: true }))

/** Whether a value of this schema may be shown to nobody: it is marked, or one of the kinds that it may be of is. */
export function isSensitive (schema: TSchema): boolean {
  return schema['sensitive'] === true || (KindGuard.IsUnion(schema) && schema.anyOf.some(isSensitive))
}

/** A schema with annotations of this one use of it, wrapped in `allOf` as the published document does it. */
export function Annotated<T extends TSchema> (schema: T, annotations: SchemaOptions): TUnsafe<Static<T>> {
  return Type.Unsafe<Static<T>>({ ...annotations, [Kind]: 'Annotated', allOf: [schema] })
}

/** An object with whatever members, as the published document writes it. */
export function AnyObject (options: SchemaOptions = {}): TUnsafe<Record<string, unknown>> {
  return Type.Unsafe<Record<string, unknown>>({ ...options, [Kind]: 'AnyObject', type: 'object', additionalProperties: {} })
}
