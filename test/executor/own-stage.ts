import { Type } from '@sinclair/typebox'
import type { Test } from 'tap'
import { builtInPolicyKinds, builtInStageKinds, createDefine, defineFlow, type StageEntry, type StageKind } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

/** What a kind of a test's own needs beside what it does. */
export const OWN_KIND = {
  kind: 'own',
  model: 'test.ownstage',
  component: 'test-own',
  formComponent: 'test-own-form',
  verboseName: 'Own',
  verboseNamePlural: 'Own',
  options: Type.Object({}, { additionalProperties: false })
}

/** A client of an app with a flow `walk` of these stages, among them some of a kind of the test's own. */
export async function visitorOf (t: Test, kind: StageKind, stages: readonly StageEntry[]): Promise<Client> {
  const define = createDefine({ stageKinds: [...builtInStageKinds, kind], policyKinds: builtInPolicyKinds })
  const flow = defineFlow({ slug: 'walk', name: 'Walk', title: 'Walk', designation: 'stage_configuration', stages })
  return new Client(await buildApp(t, { definitions: define(flow), planner: { stageKinds: [kind] } }))
}
