import { Value } from '@sinclair/typebox/value'
import { assemble, type Keyed } from '../blueprint/assemble.js'
import { findFault, withDefaults } from '../blueprint/fields.js'
import { FIXED_MODELS, policyModel, stageModel, type Fields, type Model } from '../blueprint/models.js'
import { isPlainObject } from '../plain-object.js'
import { mapReferences } from '../model/references.js'
import { DefinitionError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import type { StageKind } from '../stages/stage-kind.js'
import {
  describeSpec, isSpec, type FlowSpec, type PolicyEntry, type PolicySpec, type Spec, type StageEntry, type StageSpec
} from './specs.js'

/** The kinds whose names specs may use. */
export interface BuilderKinds {
  readonly stageKinds: readonly StageKind[]
  readonly policyKinds: readonly PolicyKind[]
}

/** How far apart orders are that are not stated. */
const ORDER_STEP = 10

/** Gathers specs with all that they refer to, and checks each. */
export class Collector {
  readonly #kinds: BuilderKinds
  readonly #keys = new Map<Spec, string>()
  readonly #objects = new Map<string, { readonly keyed: Keyed, readonly where: string }>()
  /** Primary keys by what must be unique, such as the name of a stage of whatever kind. */
  readonly #natural = new Map<string, string>()

  constructor (kinds: BuilderKinds) {
    this.#kinds = kinds
  }

  definitions (): Definitions {
    return assemble([...this.#objects.values()].map(({ keyed }) => keyed))
  }

  /**
   * Takes a spec and gives its primary key.
   *
   * @throws DefinitionError
   */
  add (spec: Spec, where: string): string {
    const seen = this.#keys.get(spec)
    if (seen !== undefined) return seen
    const model = this.#modelOf(spec, where)
    const stated = statedFields(spec)
    const pk = model.key(stated)
    // Known from here on, since what it refers to may refer back to it.
    this.#keys.set(spec, pk)
    this.#put(model, stated, where, pk)
    if (spec.type === 'flow') this.#addParts(spec, pk, where)
    return pk
  }

  #modelOf (spec: Spec, where: string): Model {
    if (spec.type === 'stage') return stageModel(this.#kindOf(spec, this.#kinds.stageKinds, where))
    if (spec.type === 'policy') return policyModel(this.#kindOf(spec, this.#kinds.policyKinds, where))
    return FIXED_MODELS[spec.type]
  }

  #kindOf<Kind extends StageKind | PolicyKind> (
    { type, kind }: { readonly type: string, readonly kind: string | Kind }, kinds: readonly Kind[], where: string
  ): Kind {
    if (typeof kind !== 'string') return kind
    const found = kinds.find((candidate) => candidate.kind === kind)
    if (found !== undefined) return found
    throw new DefinitionError(where, `there is no ${type} kind '${kind}', there are ${kinds.map((one) => one.kind).join(', ')}`)
  }

  /** Checks the fields of an object, in which references may still be specs, and keeps it. */
  #put (model: Model, stated: Readonly<Record<string, unknown>>, where: string, key?: string): string {
    const mapped = mapReferences(model.schema, stated, (target, value, path) => {
      if (!isSpec(value)) return value
      if (value.type === target) return this.add(value, `${where}, field '${path.join('.')}', ${describeSpec(value)}`)
      throw new DefinitionError(`${where}, field '${path.join('.')}'`, `must be a ${target}, not a ${value.type}`)
    })
    const fields = withDefaults(model.schema, isPlainObject(mapped) ? mapped : {})
    const fault = findFault(model.schema, fields) ?? model.check?.(fields)
    if (fault !== undefined) {
      throw new DefinitionError(where, fault.isSentence === true ? fault.what : `'${fault.path.join('.')}' ${fault.what}`)
    }
    const pk = key ?? model.key(fields)
    const other = this.#objects.get(pk)
    if (other === undefined) {
      this.#claim(model, fields, pk, where)
      this.#objects.set(pk, { keyed: { pk, model, fields }, where })
    } else if (key === undefined) {
      throw new DefinitionError(where, `is the same as ${other.where}: change its order`)
    } else if (!Value.Equal(other.keyed.fields, fields)) {
      throw new DefinitionError(where, `is different from the one of the same name at ${other.where}`)
    }
    return pk
  }

  #claim (model: Model, fields: Fields, pk: string, where: string): void {
    const natural = JSON.stringify([model.table, ...model.natural.map((name) => fields[name] ?? null)])
    const other = this.#objects.get(this.#natural.get(natural) ?? '')
    if (other !== undefined) {
      throw new DefinitionError(where, `has the same ${model.natural.join(', ')} as ${other.where}, which is of another kind`)
    }
    this.#natural.set(natural, pk)
  }

  #addParts ({ fields }: FlowSpec, flow: string, where: string): void {
    this.#addPolicies(fields.policies ?? [], flow, where)
    let order = 0
    for (const [index, entry] of (fields.stages ?? []).entries()) {
      order = this.#addStage(entry, flow, order + ORDER_STEP, `${where}, stage binding ${index + 1}`)
    }
  }

  /** Binds a stage, and gives the order that it is at. */
  #addStage (entry: StageEntry, flow: string, nextOrder: number, where: string): number {
    const { stage, policies = [], ...stated } = isSpec(entry) ? { stage: entry } : entry
    const order = stated.order ?? nextOrder
    const at = isSpec(stage) ? `${where} (${describeSpec(stage)}, order ${order})` : `${where} (order ${order})`
    const binding = this.#put(FIXED_MODELS.binding, { ...stated, order, target: flow, stage }, at)
    this.#addPolicies(policies, binding, at)
    return order
  }

  #addPolicies (entries: readonly PolicyEntry[], target: string, where: string): void {
    let order = 0
    for (const [index, entry] of entries.entries()) {
      const stated = isSpec(entry) ? { [entry.type]: entry } : entry
      const at = `${where}, policy binding ${index + 1}`
      const user = 'user' in stated && isSpec(stated.user) ? { user: this.#addUser(stated.user, at) } : {}
      order = 'order' in stated && typeof stated.order === 'number' ? stated.order : order + ORDER_STEP
      this.#put(FIXED_MODELS.policyBinding, { ...stated, ...user, target, order }, at)
    }
  }

  #addUser (spec: Spec, where: string): string {
    if (spec.type !== 'user') throw new DefinitionError(`${where}, field 'user'`, `must be a user, not a ${spec.type}`)
    return this.add(spec, `${where}, ${describeSpec(spec)}`)
  }
}

/** The fields of a spec as its model has them, in which references may be specs. */
function statedFields (spec: Spec): Readonly<Record<string, unknown>> {
  if (spec.type === 'flow') {
    const { policies, stages, ...fields } = spec.fields
    return fields
  }
  if (spec.type === 'user') return { ...spec.fields, username: spec.username }
  if (spec.type === 'prompt' || spec.type === 'group') return { ...spec.fields, name: spec.name }
  return statedOptions(spec)
}

function statedOptions (spec: StageSpec | PolicySpec): Readonly<Record<string, unknown>> {
  const { name, options } = spec
  return spec.type === 'stage' ? { ...options, name } : { ...options, name, executionLogging: spec.executionLogging }
}
