import type { Fields, Model, Table } from './models.js'
import { mapReferences } from '../model/references.js'

/** A reference from one object to another. */
export interface FoundReference {
  /** The field that it is in, in code spelling. */
  readonly field: string
  readonly pk: string
  /** What it may point at. */
  readonly tables: readonly Table[]
}

/** Every reference of an object. Users are not among them: a policy binding may name one that the host has. */
export function referencesOf ({ model, fields }: { readonly model: Model, readonly fields: Fields }): FoundReference[] {
  const found: FoundReference[] = []
  mapReferences(model.schema, fields, (target, value, [field]) => {
    if (typeof value === 'string') found.push({ field: String(field), pk: value, tables: [target] })
    return value
  })
  const { target } = fields
  if (model.table === 'policyBinding' && typeof target === 'string') {
    found.push({ field: 'target', pk: target, tables: ['flow', 'binding'] })
  }
  return found
}
