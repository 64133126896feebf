import { Value } from '@sinclair/typebox/value'
import type { Fields, Model, Table } from './models.js'
import type { Place } from './place.js'
import { isPlainObject } from '../plain-object.js'
import { mapReferences } from '../model/references.js'

/** An object that entries have made so far. */
export interface Row {
  readonly pk: string
  readonly model: Model
  fields: Fields
  /** The entry that spoke of it last, and where in the texts it and its fields stand; their nodes are not kept. */
  place: Place
  offset: number
  fieldOffsets: ReadonlyMap<string, number>
}

/** What the entries of all files have made so far. */
export class Store {
  readonly #rows = new Map<string, Row>()
  readonly #natural = new Map<string, Row>()

  rows (): IterableIterator<Row> {
    return this.#rows.values()
  }

  get (table: Table, pk: string): Row | undefined {
    const row = this.#rows.get(pk)
    return row?.model.table === table ? row : undefined
  }

  byPk (pk: string): Row | undefined {
    return this.#rows.get(pk)
  }

  /** The object that has the same natural fields as these, of whatever kind. */
  byNatural (model: Model, fields: Fields): Row | undefined {
    return this.#natural.get(naturalKey(model, fields))
  }

  /** The first object of a model that has these fields; a mapping asks whether the field contains it. */
  find (model: Model, wanted: Fields): Row | undefined {
    if (coversNatural(model, wanted)) {
      const row = this.byNatural(model, wanted)
      return row !== undefined && matches(row, model, wanted) ? row : undefined
    }
    for (const row of this.rows()) {
      if (matches(row, model, wanted)) return row
    }
    return undefined
  }

  add (row: Row): void {
    this.#rows.set(row.pk, row)
    this.#natural.set(naturalKey(row.model, row.fields), row)
  }

  update (row: Row, fields: Fields): void {
    this.#natural.delete(naturalKey(row.model, row.fields))
    row.fields = fields
    this.#natural.set(naturalKey(row.model, fields), row)
  }

  /** Takes an object away, with the bindings that cannot be without it; other references to it are cleared. */
  remove (row: Row): void {
    this.#rows.delete(row.pk)
    this.#natural.delete(naturalKey(row.model, row.fields))
    for (const other of [...this.rows()]) {
      if (!isBoundTo(other, row.pk)) this.#clear(other, row)
      else if (this.#rows.has(other.pk)) this.remove(other)
    }
  }

  #clear (row: Row, removed: Row): void {
    let cleared = false
    const fields = mapReferences(row.model.schema, row.fields, (target, value) => {
      if (target !== removed.model.table || value !== removed.pk) return value
      cleared = true
      return undefined
    })
    if (cleared && isPlainObject(fields)) this.update(row, fields)
  }
}

function isBoundTo (row: Row, pk: string): boolean {
  const { table } = row.model
  if (table !== 'binding' && table !== 'policyBinding') return false
  return row.model.natural.some((name) => row.fields[name] === pk)
}

const SUBJECTS: readonly string[] = ['policy', 'group', 'user']

/** Whether the natural key of what is wanted is known; of a policy binding's three subjects only one is ever set. */
function coversNatural (model: Model, wanted: Fields): boolean {
  const missing = model.natural.filter((name) => !Object.hasOwn(wanted, name))
  return missing.length === 0 ||
    (model.table === 'policyBinding' && missing.length < SUBJECTS.length && missing.every((name) => SUBJECTS.includes(name)))
}

function naturalKey (model: Model, fields: Fields): string {
  return JSON.stringify([model.table, ...model.natural.map((name) => fields[name] ?? null)])
}

function matches (row: Row, model: Model, wanted: Fields): boolean {
  if (row.model !== model) return false
  return Object.entries(wanted).every(([name, value]) => name === 'pk' ? row.pk === value : contains(row.fields[name], value))
}

function contains (value: unknown, wanted: unknown): boolean {
  if (!isPlainObject(wanted) || !isPlainObject(value)) return Value.Equal(value ?? null, wanted ?? null)
  return Object.entries(wanted).every(([key, member]) => Object.hasOwn(value, key) && contains(value[key], member))
}
