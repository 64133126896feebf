import { Document, Scalar, YAMLSeq, type Node } from 'yaml'
import { FlowNotFoundError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import { isSensitive } from '../model/scalars.js'
import { toWireName } from '../wire/names.js'
import type { Keyed } from './assemble.js'
import { disassemble, type Kinds } from './disassemble.js'
import type { Table } from './models.js'
import { neededBy } from './needed.js'
import { isPlainObject } from '../plain-object.js'
import { mapReferences } from '../model/references.js'
import { WRITE_DIALECT } from './yaml-dialect.js'
import { toYamlNode } from './yaml-node.js'

/** What a flow is exported with. */
export interface ExportOptions extends Kinds {
  /** Milliseconds since the epoch, for the name of the export. Without it the name has no date. */
  readonly now?: () => number
}

/**
 * Writes a flow with everything it needs as a blueprint that loads again to the same definitions. Other flows that its
 * stages refer to are looked for by slug when it is loaded, and not part of it. Secrets and users are left out.
 *
 * @throws FlowNotFoundError
 * @throws DefinitionError where a stage or policy is of a kind that is not given.
 */
export function exportFlow (slug: string, definitions: Definitions, options: ExportOptions): string {
  const objects = disassemble(definitions, options)
  const flow = objects.find(({ model, fields }) => model.table === 'flow' && fields.slug === slug)
  if (flow === undefined) throw new FlowNotFoundError(slug)
  const date = options.now === undefined ? '' : ` - ${new Date(options.now()).toISOString()}`
  const document = new Document(null, WRITE_DIALECT)
  document.contents = toYamlNode({
    context: {},
    entries: new EntryWriter(flow, objects).write(),
    metadata: { labels: { 'blueprints.goauthentik.io/generated': 'true' }, name: `Export of the flow ${slug}${date}` },
    version: 1
  })
  return document.toString({ lineWidth: 0, indentSeq: false })
}

/** What the id of an entry begins with. */
const ID_PREFIX: Readonly<Record<Table, string>> = {
  flow: 'flow',
  group: 'group-',
  prompt: 'prompt-',
  policy: 'policy-',
  stage: 'stage-',
  binding: 'binding-',
  policyBinding: 'binding-policy-',
  user: 'user-'
}

class EntryWriter {
  readonly #flow: Keyed
  readonly #needed: readonly Keyed[]
  readonly #byPk: ReadonlyMap<string, Keyed>
  /** The ids of what has been written, by primary key. */
  readonly #ids = new Map<string, string>()

  constructor (flow: Keyed, objects: readonly Keyed[]) {
    this.#flow = flow
    this.#needed = neededBy(flow, objects)
    this.#byPk = new Map(objects.map((object) => [object.pk, object]))
  }

  write (): YAMLSeq {
    const entries = new YAMLSeq()
    for (const [index, object] of this.#needed.entries()) {
      entries.items.push(this.#entry(object, `${index + 1}`))
    }
    return entries
  }

  #entry (object: Keyed, number: string): Node {
    const { model, pk } = object
    const fields = this.#fields(object)
    const identifiers: Record<string, unknown> = model.key(object.fields) === pk ? {} : { pk }
    const attrs: Record<string, unknown> = {}
    const leftOut: string[] = []
    for (const [name, value] of Object.entries(fields)) {
      const schema = model.schema.properties[name]
      const isSubject = model.table === 'policyBinding' && ['policy', 'group', 'user'].includes(name)
      if (value === undefined || (isSubject && value === null)) continue
      if (schema !== undefined && isSensitive(schema)) leftOut.push(toWireName(name))
      else if (model.natural.includes(name)) identifiers[toWireName(name)] = value
      else attrs[toWireName(name)] = value
    }
    const id = this.#idOf(object, number)
    this.#ids.set(pk, id)
    const node = toYamlNode({ model: model.name, id, identifiers, attrs, state: 'present', conditions: [] })
    if (leftOut.length > 0) node.commentBefore = ` Left out, as they are secret: ${leftOut.join(', ')}`
    return node
  }

  /** Names are unique in a table, and bindings are numbered, so that no two ids are the same. */
  #idOf ({ model, fields }: Keyed, number: string): string {
    const prefix = ID_PREFIX[model.table]
    if (model.table === 'flow') return prefix
    return prefix + (typeof fields.name === 'string' ? fields.name : number)
  }

  #fields ({ model, fields }: Keyed): Record<string, unknown> {
    const mapped = mapReferences(model.schema, fields, (_target, value) => this.#reference(value))
    const own = isPlainObject(mapped) ? mapped : {}
    return model.table === 'policyBinding' ? { ...own, target: this.#reference(own.target) } : own
  }

  /** The id of what has been written before; another flow is looked for by slug; anything else stays a primary key. */
  #reference (value: unknown): unknown {
    if (typeof value !== 'string') return value
    const id = this.#ids.get(value)
    if (id !== undefined) return tagged('!KeyOf', new Scalar(id))
    const other = this.#byPk.get(value)
    if (other === undefined || other === this.#flow || other.model.table !== 'flow') return value
    const lookup = toYamlNode([other.model.name, ['slug', other.fields.slug]])
    if (lookup instanceof YAMLSeq) lookup.flow = true
    return tagged('!Find', lookup)
  }
}

function tagged<T extends Node> (tag: string, node: T): T {
  node.tag = tag
  return node
}
