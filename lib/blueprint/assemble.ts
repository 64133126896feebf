import type { TSchema, Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { FlowSchema } from '../model/flow.js'
import { GroupSchema } from '../model/group.js'
import type { Definitions } from '../model/definitions.js'
import { MODEL, policyBindingModelKey } from '../model/identity.js'
import { PolicyBindingSchema } from '../model/policy-binding.js'
import { PolicySchema } from '../model/policy.js'
import { PromptSchema } from '../model/prompt.js'
import { StageBindingSchema } from '../model/stage-binding.js'
import { StageSchema } from '../model/stage.js'
import { UserSeedSchema } from '../model/user.js'
import type { Fields, Model, Table } from './models.js'

/** An object with its primary key and its checked fields. */
export interface Keyed {
  readonly pk: string
  readonly model: Model
  readonly fields: Fields
}

/** Makes definitions of checked objects, each list in the order in which the objects come. */
export function assemble (objects: Iterable<Keyed>): Definitions {
  const tables = new Map<Table, Keyed[]>()
  for (const object of objects) {
    const list = tables.get(object.model.table)
    if (list === undefined) tables.set(object.model.table, [object])
    else list.push(object)
  }
  const all = (table: Table) => tables.get(table) ?? []
  return {
    flows: all('flow').map(({ pk, fields }) => known(FlowSchema, {
      pk, policybindingmodelPtrId: policyBindingModelKey(MODEL.flow, pk), ...fields
    })),
    stages: all('stage').map(({ pk, model, fields: { name, ...options } }) => known(StageSchema, {
      pk, name, kind: model.kind, options
    })),
    bindings: all('binding').map(({ pk, fields }) => known(StageBindingSchema, {
      pk, policybindingmodelPtrId: policyBindingModelKey(MODEL.stageBinding, pk), ...fields
    })),
    policies: all('policy').map(({ pk, model, fields: { name, executionLogging, ...options } }) => known(PolicySchema, {
      pk, name, kind: model.kind, executionLogging, options
    })),
    policyBindings: all('policyBinding').map(({ pk, fields }) => known(PolicyBindingSchema, { pk, ...fields })),
    prompts: all('prompt').map(({ pk, fields }) => known(PromptSchema, { pk, ...fields })),
    groups: all('group').map(({ pk, fields }) => known(GroupSchema, { pk, ...fields })),
    users: all('user').map(({ pk, fields }) => known(UserSeedSchema, { uuid: pk, ...fields }))
  }
}

function known<T extends TSchema> (schema: T, value: unknown): Static<T> {
  Value.Assert(schema, value)
  return value
}
