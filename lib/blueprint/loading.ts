import type { Node } from 'yaml'
import { fromWireName, toWireName } from '../wire/names.js'
import { applyEntry, type ApplyScope } from './apply-entry.js'
import { Entry } from './entry.js'
import { Foreign } from './foreign.js'
import type { BlueprintLimits } from './limits.js'
import type { BlueprintOptions } from './load.js'
import type { Model } from './models.js'
import type { PendingFile } from './pending-file.js'
import { describePlace, refuse } from './place.js'
import { isPlainObject } from '../plain-object.js'
import { Resolver, type FindCondition } from './resolver.js'
import type { SourceFile } from './source-file.js'
import { Store } from './store.js'
import { unknownModelFault } from './unknown-model.js'

/** The model of an entry that stands for the dependency on another file. */
const DEPENDENCY = 'authentik_blueprints.metaapplyblueprint'

/** Applies the entries of all files, dependencies first. */
export class Loading {
  readonly store = new Store()
  readonly warnings: string[] = []
  readonly #files: readonly PendingFile[]
  readonly #models: ReadonlyMap<string, Model>
  readonly #options: BlueprintOptions
  readonly #limits: BlueprintLimits
  readonly #renamed = new Map<string, string>()
  readonly #applied = new Set<PendingFile>()
  /** The files that are being applied, each because the one before depends on it. */
  readonly #underWay: PendingFile[] = []
  #entries = 0

  constructor (
    files: readonly PendingFile[], models: ReadonlyMap<string, Model>, options: BlueprintOptions, limits: BlueprintLimits
  ) {
    this.#files = files
    this.#models = models
    this.#options = options
    this.#limits = limits
  }

  /**
   * @throws BlueprintError
   */
  applyAll (): void {
    for (const file of this.#files) this.#applyFile(file)
  }

  #applyFile (file: PendingFile): void {
    if (this.#applied.has(file)) return
    this.#underWay.push(file)
    this.#applyEntries(file.take())
    this.#underWay.pop()
    this.#applied.add(file)
  }

  #applyEntries (file: SourceFile): void {
    this.#count(file)
    const ids = new Map<string, string | Foreign>()
    const resolver = this.#resolverFor(file, ids)
    for (const key of file.unknownKeys) this.#warn(resolver, key, 'ignored: a blueprint has no such key at its top')
    for (const { node, label } of file.entries) {
      resolver.place = { ...file.yaml.place, entry: label }
      const entry = new Entry(node, file.yaml.root, resolver)
      const result = this.#applyEntry(entry, label, resolver)
      if (entry.id === undefined || result === undefined) continue
      if (ids.has(entry.id)) this.#warn(resolver, entry.node, `the id '${entry.id}' stands for an earlier entry of this file`)
      else ids.set(entry.id, result)
    }
  }

  #count ({ entries, yaml }: SourceFile): void {
    this.#entries += entries.length
    const limit = this.#limits.entries
    if (this.#entries > limit) refuse(yaml.place, 0, `more entries than the limit of ${limit} for all files`)
  }

  #resolverFor (file: SourceFile, ids: ReadonlyMap<string, string | Foreign>): Resolver {
    const resolver: Resolver = new Resolver(file.yaml, {
      keyOf: (id) => ids.get(id),
      find: (model, conditions) => this.#find(resolver, model, conditions),
      contextNode: (key) => file.context.get(key),
      context: this.#options.context ?? {},
      env: this.#options.env ?? {},
      readFile: this.#options.readFile
    }, this.#limits)
    return resolver
  }

  #applyEntry (entry: Entry, label: string, resolver: Resolver): string | Foreign | undefined {
    if (!entry.isWanted()) return undefined
    const name = entry.model()
    const id = entry.id === undefined ? '' : ` '${entry.id}'`
    resolver.place = { ...resolver.place, entry: `${label} (${name}${id})` }
    if (name === DEPENDENCY) {
      this.#applyDependency(entry, resolver)
      return undefined
    }
    const model = this.#models.get(name)
    if (model === undefined) return this.#skip(entry, name, resolver)
    if (entry.hasPermissions()) this.#warn(resolver, entry.nodeOf('permissions'), "'permissions' are ignored")
    const scope: ApplyScope = {
      resolver, store: this.store, renamed: this.#renamed, warn: (node, what) => this.#warn(resolver, node, what)
    }
    return applyEntry(scope, entry, model)
  }

  #skip (entry: Entry, name: string, resolver: Resolver): Foreign {
    const at = entry.nodeOf('model')
    const fault = unknownModelFault(name, this.#models)
    if (fault !== undefined) return resolver.refuse(at, fault)
    this.#warn(resolver, at, `skipped: there is no part for the model ${name}`)
    return new Foreign(name, '!KeyOf')
  }

  #applyDependency (entry: Entry, resolver: Resolver): void {
    const attrs = entry.members('attrs')
    for (const [key, { node }] of attrs) {
      if (key !== 'identifiers' && key !== 'required') resolver.refuse(node, `${DEPENDENCY} has no field '${key}', it has identifiers, required`)
    }
    const identifiers = attrs.get('identifiers')?.value
    const name = isPlainObject(identifiers) ? identifiers.name : undefined
    const required = attrs.get('required')?.value ?? true
    const at = entry.nodeOf('attrs')
    if (typeof name !== 'string' || typeof required !== 'boolean') {
      return resolver.refuse(at, "a dependency takes 'identifiers' with the 'name' of another blueprint, and 'required' true or false")
    }
    const [file, second] = this.#files.filter((candidate) => candidate.name === name)
    if (second !== undefined) return resolver.refuse(at, `'${name}' is the name of both ${file?.path} and ${second.path}`)
    if (file !== undefined) return this.#applyBefore(file, at, resolver)
    if (required) resolver.refuse(at, `the blueprint '${name}', which is required here, is not among those loaded`)
  }

  #applyBefore (file: PendingFile, at: Node, resolver: Resolver): void {
    const start = this.#underWay.indexOf(file)
    if (start !== -1) {
      const round = [...this.#underWay.slice(start), file].map(({ name, path }) => name ?? path)
      resolver.refuse(at, `blueprints depend on each other in a circle: ${round.join(' → ')}`)
    }
    this.#applyFile(file)
  }

  #find (resolver: Resolver, modelName: string, conditions: readonly FindCondition[]): string | Foreign | null {
    const model = this.#models.get(modelName.toLowerCase())
    if (model === undefined) return new Foreign(modelName, '!Find')
    const wanted: Record<string, unknown> = {}
    for (const { field, value, node } of conditions) {
      const name = fromWireName(field)
      if (name !== 'pk' && !Object.hasOwn(model.schema.properties, name)) {
        const known = Object.keys(model.schema.properties).map(toWireName).join(', ')
        resolver.refuse(node, `!Find: ${model.name} has no field '${field}', it has pk, ${known}`)
      }
      wanted[name] = value
    }
    return this.store.find(model, wanted)?.pk ?? null
  }

  #warn (resolver: Resolver, node: Node, what: string): void {
    this.warnings.push(`${describePlace(resolver.place, node)}: ${what}`)
  }
}
