import assert from 'node:assert/strict'
import { builtInPolicyKinds, builtInStageKinds, loadBlueprints, Registry, type BlueprintFile } from 'fastify-flow-planner'
import { parse } from 'yaml'
import type { Contest, Row, Sample } from '../row.js'

const BINDINGS = 10

/** Loading flows from YAML until they can be planned, beside parsing the same files. */
export const bootRow: Row = {
  name: 'boot',
  ours: `load flows with ${BINDINGS} bindings each from YAML, until they can be planned`,
  beside: '`yaml` parsing the same files alone',
  goal: 0.6,
  async prepare ({ flows }) {
    const files = Array.from({ length: flows }, (_, index) => blueprint(`flow-${index}`))
    const ours = () => load(files)
    const beside = () => files.map(({ text }) => parse(text, { logLevel: 'silent' }))
    const loaded = [...ours().current.flows].map(({ flow, bindings }) => [flow.slug, bindings.length])
    const parsed = beside().map(({ metadata, entries }) => [metadata.name, entries.filter(isBinding).length])
    assert.deepEqual(loaded, parsed, 'both sides have read the same flows')
    return once(ours, beside, flows)
  }
}

function isBinding ({ model }: { model: string }): boolean {
  return model === 'authentik_flows.flowstagebinding'
}

function load (files: readonly BlueprintFile[]): Registry {
  const { definitions } = loadBlueprints(files, {
    stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds, limits: { entries: files.length * (2 * BINDINGS + 1) }
  })
  return new Registry(definitions)
}

/** A blueprint of one flow, as its author would write it. */
function blueprint (slug: string): BlueprintFile {
  const stages = Array.from({ length: BINDINGS }, (_, index) => index + 1)
  return {
    path: `${slug}.yaml`,
    text: `version: 1
metadata:
  name: ${slug}
entries:
- model: authentik_flows.flow
  id: flow
  identifiers:
    slug: ${slug}
  attrs:
    name: ${slug}
    title: Benchmark
    designation: authentication
${stages.map((index) => `- model: authentik_stages_dummy.dummystage
  id: stage-${index}
  identifiers:
    name: ${slug}-stage-${index}
- model: authentik_flows.flowstagebinding
  identifiers:
    order: ${index}
    stage: !KeyOf stage-${index}
    target: !KeyOf flow
`).join('')}`
  }
}

/** Each slice is one loading of all files, as a start is. */
function once (ours: () => unknown, beside: () => unknown, flows: number): Contest {
  const sample = (task: () => unknown): Sample => {
    const began = performance.now()
    task()
    return { rate: flows / (performance.now() - began) * 1000 }
  }
  return { ours: async () => sample(ours), beside: async () => sample(beside), close: async () => {} }
}
