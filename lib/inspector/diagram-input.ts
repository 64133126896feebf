import type { DiagramInput, DiagramPolicy } from '../diagram/diagram.js'
import type { PolicyTarget } from '../policies/engine.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'

/** What the diagram of a flow shows: its enabled policies and its stages, in order. */
export function flowDiagramInput (
  { flow, policies, bindings }: CompiledFlow, kinds: ReadonlyMap<string, PolicyKind>
): DiagramInput {
  const drawn = (target: PolicyTarget): DiagramPolicy[] => target.bindings.flatMap(({ name, kind, order }) => {
    const policyKind = kinds.get(kind)
    return policyKind === undefined ? [] : [{ verboseName: policyKind.verboseName, name, order }]
  })
  return {
    flow: { name: flow.name, authentication: flow.authentication },
    policies: drawn(policies),
    stages: bindings.map(({ kind, stage, policies: bound }) =>
      ({ verboseName: kind.verboseName, name: stage.name, policies: drawn(bound) }))
  }
}
