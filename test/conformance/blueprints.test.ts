import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  builtInPolicyKinds, builtInStageKinds, loadBlueprints, readBlueprints, type BlueprintOptions
} from '../../plugins/index.js'

/* The original's own tests of its blueprints, by the letters that test/README.md explains. */

const kinds = { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds }

/** Loads files that are written in a test; the first is `0.yaml`. */
function load (texts: readonly string[], options: Partial<BlueprintOptions> = {}) {
  return loadBlueprints(texts.map((text, index) => ({ path: `${index}.yaml`, text })), { ...kinds, ...options })
}

const HEAD = 'version: 1\nmetadata: { name: test }\n'
const flow = (slug: string, rest = '') =>
  `- { model: authentik_flows.flow, identifiers: { slug: ${slug} }, attrs: { name: ${slug}, title: ${slug}, designation: authentication }${rest} }\n`
const entries = (...all: readonly string[]) => `${HEAD}entries:\n${all.join('')}`

t.test('Y1 another version and empty identifiers are refused; a model that there is no part for is skipped with a warning', async (t) => {
  t.throws(() => load(['version: 3\nmetadata: { name: test }\nentries: []\n']), { message: /0\.yaml:1:.*version/ })
  t.throws(() => load([entries('- { model: authentik_flows.flow, identifiers: {}, attrs: {} }\n')]), { message: /identifiers/ })
  const { definitions, warnings } = load([entries('- { model: authentik_core.token, identifiers: { identifier: x } }\n', flow('a'))])
  t.strictSame(definitions.flows.map(({ slug }) => slug), ['a'])
  t.match(warnings, [/authentik_core\.token/])
})

t.test('Y2 identifiers become part of the object', async (t) => {
  t.match(load([entries(flow('a'))]).definitions.flows, [{ slug: 'a', name: 'a' }])
})

t.test('Y4 loading the same entries twice makes nothing new', async (t) => {
  const text = entries(flow('a'), '- { model: authentik_stages_dummy.dummystage, identifiers: { name: one } }\n')
  const { places: _first, ...once } = load([text]).definitions
  const { places: _last, ...twice } = load([text, text]).definitions
  t.strictSame(twice, once)
})

t.test('Y5 every tag has the value of the original\'s fixture', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'blueprints-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'content.txt'), 'from the file\n')
  await writeFile(join(folder, 'tags.yaml'), `${HEAD}context: { foo: bar, sequence: [foo, bar], mapping: { key1: value, key2: 2 }, no: false }
entries:
- { model: authentik_core.group, id: parent, identifiers: { name: parent } }
- model: authentik_core.user
  identifiers: { username: tags }
  attrs:
    groups: [!KeyOf parent]
    attributes:
      env_null: !Env [TEST_BLUEPRINT_UNSET, null]
      env: !Env [TEST_BLUEPRINT_SET, unset]
      env_default: !Env [TEST_BLUEPRINT_UNSET, fallback]
      file: !File content.txt
      file_default: !File [missing.txt, default]
      found: !Find [authentik_core.group, [name, parent]]
      not_found: !Find [authentik_core.group, [name, nobody]]
      context1: !Context foo
      context2: !Context [missing, default]
      format: !Format ["%s-%s", !Context foo, 2]
      if_short: !If [true]
      if_true: !If [!Context foo, first, second]
      if_false: !If [!Context no, first, [second, !Format ["%s", nested]]]
      and: !Condition [AND, true, !Context foo]
      and_false: !Condition [AND, true, !Context no]
      nand: !Condition [NAND, true, false]
      or: !Condition [OR, false, false, text]
      nor: !Condition [nor, false, 0]
      xor: !Condition [XOR, true, false]
      xnor: !Condition [XNOR, true, true]
      sequence: !Enumerate [!Context sequence, SEQ, !Format ["%s:%s", !Index 0, !Value 0]]
      mapping: !Enumerate [!Context mapping, MAP, [!Index 0, !Value 0]]
      nested: !Enumerate [!Context sequence, SEQ, !Enumerate [!Context mapping, MAP, [!Format ["%s", !Index 0], !Format ["%s/%s", !Index 1, !Value 0]]]]
`)
  const { files, readFile } = readBlueprints([folder])
  const { definitions, warnings } = loadBlueprints(files, { ...kinds, readFile, env: { TEST_BLUEPRINT_SET: 'set' } })
  t.strictSame(warnings, [])
  const [parent] = definitions.groups
  t.strictSame(definitions.users[0]?.groups, [parent?.pk])
  t.strictSame(definitions.users[0]?.attributes, {
    env_null: null,
    env: 'set',
    env_default: 'fallback',
    file: 'from the file',
    file_default: 'default',
    found: parent?.pk,
    not_found: null,
    context1: 'bar',
    context2: 'default',
    format: 'bar-2',
    if_short: true,
    if_true: 'first',
    if_false: ['second', 'nested'],
    and: true,
    and_false: false,
    nand: true,
    or: true,
    nor: true,
    xor: true,
    xnor: true,
    sequence: ['0:foo', '1:bar'],
    mapping: { key1: 'value', key2: 2 },
    nested: [{ key1: '0/value', key2: '0/2' }, { key1: '1/value', key2: '1/2' }]
  })
})

t.test('Y8 present updates what changed, created does not, absent deletes', async (t) => {
  const titled = (state: string) =>
    `- { model: authentik_flows.flow, identifiers: { slug: a }, attrs: { title: new }, state: ${state} }\n`
  const titles = (state: string) => load([entries(flow('a')), entries(titled(state))]).definitions.flows.map(({ title }) => title)
  t.strictSame(titles('present'), ['new'])
  t.strictSame(titles('created'), ['a'])
  t.strictSame(titles('absent'), [])
})

t.test('Y9 an entry is taken where its conditions are fulfilled, and else passed over in silence', async (t) => {
  const { definitions, warnings } = load([entries(
    flow('all', ', conditions: [true, !Condition [AND, true, 1], text]'), flow('none', ', conditions: [true, false]'))])
  t.strictSame(definitions.flows.map(({ slug }) => slug), ['all'])
  t.strictSame(warnings, [])
})

t.test('Y11 a user\'s password is taken from a blueprint and goes into no definition that is shown', async (t) => {
  const { definitions } = load([entries('- { model: authentik_core.user, identifiers: { username: ada }, attrs: { password: a secret } }\n')])
  t.match(definitions.users, [{ username: 'ada', password: 'a secret' }])
})

t.test('Y13 must_created fails where there is one; entries may be sections', async (t) => {
  t.throws(() => load([entries(flow('a'), flow('a', ', state: must_created'))]), { message: /0\.yaml:5:.*must_created/ })
  const sections = `${HEAD}entries:\n  flows:\n  ${flow('a')}  more:\n  ${flow('b')}`
  t.strictSame(load([sections]).definitions.flows.map(({ slug }) => slug), ['a', 'b'])
})
