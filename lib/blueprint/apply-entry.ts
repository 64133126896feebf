import { validate as isUuid } from 'uuid'
import type { Node } from 'yaml'
import { fromWireName, toWireName } from '../wire/names.js'
import type { Entry } from './entry.js'
import { findFault, withDefaults, type FieldFault } from './fields.js'
import { Foreign } from './foreign.js'
import type { Fields, Model } from './models.js'
import { offsetOf, refuse } from './place.js'
import { isPlainObject } from '../plain-object.js'
import { mapReferences } from '../model/references.js'
import type { Resolver } from './resolver.js'
import type { Row, Store } from './store.js'

/** What applying the entries of one file works on. */
export interface ApplyScope {
  readonly resolver: Resolver
  readonly store: Store
  /** Primary keys that identifiers stated for objects which were there already, and the keys that those have. */
  readonly renamed: Map<string, string>
  warn (node: Node, what: string): void
}

/** The fields that an entry states, and where in the text each of them stands. */
interface Stated {
  readonly fields: Record<string, unknown>
  readonly offsets: Map<string, number>
}

/**
 * Applies an entry of a known model.
 *
 * @returns the primary key of the object; undefined where there is none after it.
 * @throws BlueprintError
 */
export function applyEntry (scope: ApplyScope, entry: Entry, model: Model): string | undefined {
  const state = entry.state()
  const identifiers = readStated(scope, entry, model, 'identifiers')
  if (identifiers === undefined) return undefined
  if (Object.keys(identifiers.fields).length === 0) {
    scope.resolver.refuse(entry.nodeOf('identifiers'), "'identifiers' must name at least one field")
  }
  const { pk, ...byFields } = identifiers.fields
  const row = findRow(scope.store, model, pk, byFields)
  if (row !== undefined && typeof pk === 'string' && pk !== row.pk) scope.renamed.set(pk, row.pk)
  if (state === 'absent') {
    if (row !== undefined) scope.store.remove(row)
    return undefined
  }
  if (row !== undefined && state === 'must_created') {
    return scope.resolver.refuse(entry.node, "is there already, and its 'state' is must_created")
  }
  if (row !== undefined && state === 'created') return row.pk
  const attrs = readStated(scope, entry, model, 'attrs')
  if (attrs === undefined) return undefined
  const stated: Stated = {
    fields: { ...attrs.fields, ...byFields }, offsets: new Map([...attrs.offsets, ...identifiers.offsets])
  }
  return row === undefined ? create(scope, entry, model, stated, pk) : update(scope, entry, row, stated)
}

function findRow (store: Store, model: Model, pk: unknown, byFields: Fields): Row | undefined {
  const byPk = typeof pk === 'string' ? store.byPk(pk) : undefined
  if (byPk?.model === model) return byPk
  return Object.keys(byFields).length === 0 ? undefined : store.find(model, byFields)
}

function create (scope: ApplyScope, entry: Entry, model: Model, stated: Stated, pk: unknown): string {
  const fields = withDefaults(model.schema, stated.fields)
  checkFields(scope, entry, model, fields, stated)
  const key = typeof pk === 'string' ? pk : model.key(fields)
  const other = scope.store.byNatural(model, fields) ?? scope.store.byPk(key)
  if (other !== undefined) refuseTaken(scope, entry, model, other)
  scope.store.add({
    pk: key, model, fields, place: scope.resolver.place, offset: offsetOf(entry.node), fieldOffsets: stated.offsets
  })
  return key
}

function update (scope: ApplyScope, entry: Entry, row: Row, stated: Stated): string {
  const fields = { ...row.fields, ...stated.fields }
  checkFields(scope, entry, row.model, fields, stated)
  const other = scope.store.byNatural(row.model, fields)
  if (other !== undefined && other !== row) refuseTaken(scope, entry, row.model, other)
  scope.store.update(row, fields)
  row.place = scope.resolver.place
  row.offset = offsetOf(entry.node)
  row.fieldOffsets = new Map([...row.fieldOffsets, ...stated.offsets])
  return row.pk
}

function refuseTaken (scope: ApplyScope, entry: Entry, model: Model, other: Row): never {
  return scope.resolver.refuse(
    entry.node, `another ${other.model.name} has the same ${model.natural.map(toWireName).join(', ')} or primary key`)
}

function checkFields (scope: ApplyScope, entry: Entry, model: Model, fields: Fields, stated: Stated): void {
  const fault = findFault(model.schema, fields) ?? model.check?.(fields)
  if (fault !== undefined) refuseField(scope, entry, stated, fault)
}

function refuseField (scope: ApplyScope, entry: Entry, stated: Stated, { path, what, isSentence }: FieldFault): never {
  const [name = '', ...inside] = path
  const field = [toWireName(name), ...inside].join('.')
  return refuse(scope.resolver.place, stated.offsets.get(name) ?? entry.node, isSentence === true ? what : `'${field}' ${what}`)
}

/** Reads identifiers or attrs; undefined where they show that the entry is about something there is no part for. */
function readStated (scope: ApplyScope, entry: Entry, model: Model, part: 'identifiers' | 'attrs'): Stated | undefined {
  const stated: Stated = { fields: {}, offsets: new Map() }
  for (const [wireName, { value, node }] of entry.members(part)) {
    const name = part === 'identifiers' && wireName === 'pk' ? 'pk' : fieldName(scope, model, wireName, node)
    if (model.table === 'policyBinding' && name === 'target' && value instanceof Foreign) {
      scope.warn(node, `skipped: its target is a ${value.model}, a model that there is no part for`)
      return undefined
    }
    stated.fields[name] = settle(scope, model, name, value, node)
    stated.offsets.set(name, offsetOf(node))
  }
  return stated
}

function fieldName (scope: ApplyScope, model: Model, wireName: string, node: Node): string {
  const name = fromWireName(wireName)
  if (Object.hasOwn(model.schema.properties, name) && toWireName(name) === wireName) return name
  const known = Object.keys(model.schema.properties).map(toWireName).join(', ')
  return scope.resolver.refuse(node, `${model.name} has no field '${wireName}', it has ${known}`)
}

/** Puts the keys of existing objects in the place of those that identifiers stated, and null where nothing was found. */
function settle (scope: ApplyScope, model: Model, name: string, value: unknown, node: Node): unknown {
  const found = withoutForeign(scope, value, node)
  if (name === 'pk') return checkKey(scope, found, node)
  const rename = (key: unknown) => {
    if (typeof key !== 'string' || !isUuid(key)) return key
    return scope.renamed.get(key.toLowerCase()) ?? key.toLowerCase()
  }
  const schema = model.schema.properties[name]
  if (schema === undefined) return found
  if (model.table === 'policyBinding' && (name === 'target' || name === 'user')) return rename(found)
  return mapReferences(schema, found, (_target, key) => rename(key) ?? null)
}

function checkKey (scope: ApplyScope, value: unknown, node: Node): string {
  return typeof value === 'string' && isUuid(value) ? value.toLowerCase() : scope.resolver.refuse(node, "'pk' must be a UUID")
}

function withoutForeign (scope: ApplyScope, value: unknown, node: Node): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutForeign(scope, item, node))
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutForeign(scope, member, node)]))
  }
  if (!(value instanceof Foreign)) return value
  if (value.tag === '!KeyOf') {
    return scope.resolver.refuse(node, `refers to an entry that is skipped, as there is no part for ${value.model}`)
  }
  scope.warn(node, `nothing found: there is no part for the model ${value.model}`)
  return null
}
