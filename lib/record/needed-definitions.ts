import type { TObject } from '@sinclair/typebox'
import { disassemble } from '../blueprint/disassemble.js'
import { neededBy } from '../blueprint/needed.js'
import { referencesOf } from '../blueprint/row-references.js'
import { MASK } from '../context/sensitive.js'
import { isSensitive } from '../model/scalars.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import type { Registry } from '../registry/registry.js'
import type { RunRecording } from './run-recording.js'

/**
 * The part of the definitions that a walk of a flow can see: the flow with all it is made of, and, without their stages, the
 * flows that it leads to. Secrets of options are masked; users are left out.
 */
export function neededDefinitions ({ flow, definitions: set }: CompiledFlow, { kinds }: Registry): RunRecording['definitions'] {
  const { definitions } = set
  const objects = disassemble(definitions, {
    stageKinds: [...kinds.stageKinds.values()], policyKinds: [...kinds.policyKinds.values()]
  })
  const root = objects.find(({ pk }) => pk === flow.pk)
  const needed = root === undefined ? [] : neededBy(root, objects)
  const pks = new Set([...needed.map(({ pk }) => pk), ...needed.flatMap(referencesOf).map(({ pk }) => pk)])
  // Stages look for a flow by its designation, and take the first.
  for (const { designation } of definitions.flows) pks.add(set.flowsFor(designation)[0]?.pk ?? '')
  const kept = <T extends { readonly pk: string }>(list: readonly T[]) => list.filter(({ pk }) => pks.has(pk))
  return {
    flows: kept(definitions.flows),
    stages: kept(definitions.stages).map((stage) =>
      ({ ...stage, options: masked(kinds.stageKinds.get(stage.kind)?.options, stage.options) })),
    bindings: kept(definitions.bindings),
    policies: kept(definitions.policies).map((policy) =>
      ({ ...policy, options: masked(kinds.policyKinds.get(policy.kind)?.options, policy.options) })),
    policyBindings: kept(definitions.policyBindings),
    prompts: kept(definitions.prompts),
    groups: kept(definitions.groups),
    users: []
  }
}

function masked (schema: TObject | undefined, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => {
    const member = schema?.properties[name]
    return [name, member !== undefined && isSensitive(member) && typeof value === 'string' ? MASK : value]
  }))
}
