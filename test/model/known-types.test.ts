import { FormatRegistry, Kind, Type, TypeRegistry, type TObject, type TSchema } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { loadBlueprints } from '../../lib/blueprint/load.js'
import { define } from '../../lib/builder/define.js'
import { builtInPolicyKinds } from '../../lib/policies/kinds/index.js'
import { Registry } from '../../lib/registry/registry.js'
import { dummyStage } from '../../lib/stages/dummy.js'
import { builtInStageKinds } from '../../lib/stages/index.js'
import type { PolicyKind } from '../../lib/policies/policy-kind.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'

const FORMAT = 'address of this test'
const TYPE = 'Money of this test'

const money = Type.Unsafe<string>({ [Kind]: TYPE })

function stageKind (schemas: Partial<StageKind>): StageKind {
  return { ...dummyStage, kind: 'mailing', model: 'host.mailing', ...schemas }
}

function policyKind (options: TObject): PolicyKind {
  return {
    kind: 'mailing',
    model: 'host.mailing',
    component: 'mailing-form',
    verboseName: 'Mailing policy',
    verboseNamePlural: 'Mailing policies',
    options,
    prepare: () => ({ pure: true, evaluate: () => true })
  }
}

type Make = (stageKinds: readonly StageKind[], policyKinds?: readonly PolicyKind[]) => unknown

const register: Make = (stageKinds, policyKinds = []) => new Registry(define(), { stageKinds, policyKinds })

const TEXT = 'entries:\n- {model: host.mailing, identifiers: {name: a}, attrs: {to: a@example.com}}\n'
const load = (stageKinds: readonly StageKind[], policyKinds: readonly PolicyKind[] = []) =>
  loadBlueprints([{ path: 'a.yaml', text: TEXT }], { stageKinds, policyKinds }).definitions.stages

/** Refused by registry and loader, as the options of a stage or a policy and as an answer. */
function refusesAll (t: Test, place: TSchema, refused: { code: string, message: RegExp }): void {
  const options = Type.Object({ to: Type.Optional(place) })
  for (const make of [register, load]) {
    t.throws(() => make([stageKind({ options })]), refused)
    t.throws(() => make([stageKind({ answerSchema: options })]), refused)
    t.throws(() => make([], [policyKind(options)]), refused)
  }
}

t.test('a format that is not known is refused, wherever it is in a schema', async (t) => {
  const refused = { code: 'FST_FLOW_OPTIONS', message: /'mailing' has the format 'address of this test', which is not known: .*FormatRegistry/ }
  const address = Type.String({ format: FORMAT })
  const places: TSchema[] = [
    address, Type.Array(Type.Object({ address })), Type.Union([Type.Null(), address]), Type.Record(Type.String(), address),
    Type.Tuple([Type.Number(), address]), Type.Object({ default: address }), Type.Object({}, { additionalProperties: address })
  ]
  for (const place of places) refusesAll(t, place, refused)
  t.doesNotThrow(() => register([stageKind({ challengeSchema: Type.Object({ to: address }) })]), 'by which nothing is checked')
  FormatRegistry.Set(FORMAT, (text) => text.includes('@'))
  t.teardown(() => FormatRegistry.Delete(FORMAT))
  const options = Type.Object({ to: address })
  t.doesNotThrow(() => register([stageKind({ options })]))
  t.equal(load([stageKind({ options })])[0]?.options['to'], 'a@example.com')
})

t.test('a type that is not known is refused by its name', async (t) => {
  const refused = { code: 'FST_FLOW_OPTIONS', message: /'mailing' has the type 'Money of this test', which is not known: .*TypeRegistry/ }
  const places: TSchema[] = [
    money, Type.Array(money), Type.Union([Type.Null(), money]), Type.Object({ price: Type.Optional(money) })
  ]
  for (const place of places) refusesAll(t, place, refused)
  TypeRegistry.Set(TYPE, () => true)
  t.teardown(() => TypeRegistry.Delete(TYPE))
  t.equal(load([stageKind({ options: Type.Object({ to: money }) })])[0]?.options['to'], 'a@example.com')
})

t.test('what a schema has that is no schema is left alone, and so are the kinds that are built in', async (t) => {
  const looksLike = { type: 'string', format: FORMAT }
  const options = Type.Object({ to: Type.Unknown({ default: looksLike, examples: [looksLike], widget: { [Kind]: TYPE } }) })
  t.doesNotThrow(() => register([stageKind({ options })]))
  t.doesNotThrow(() => load([...builtInStageKinds, stageKind({ options })], builtInPolicyKinds))
})
