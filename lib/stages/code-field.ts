import { Type, type SchemaOptions } from '@sinclair/typebox'
import type { Sensitive } from '../context/sensitive.js'

/** A code that is typed: text or a whole number, handed on wrapped as text. */
export const Code = (options: SchemaOptions = {}) =>
  Type.Unsafe<Sensitive>(Type.Union([Type.String(), Type.Integer({ minimum: 0 })], { ...options, sensitive: true }))
