import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadBlueprints } from '../../lib/blueprint/load.js'
import { readBlueprints } from '../../lib/blueprint/read.js'
import { flowKey } from '../../lib/model/identity.js'
import { builtInPolicyKinds } from '../../lib/policies/kinds/index.js'
import { builtInStageKinds } from '../../lib/stages/index.js'

const KINDS = { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds }
const ORIGINALS = fileURLToPath(new URL('../../../shared/blueprints/authentik/', import.meta.url))

t.test('readBlueprints: files and folders, sorted, with what begins with a dot and linked folders left out', async (t) => {
  const folder = t.testdir({
    'b.yaml': 'b',
    'a.yml': 'a',
    'notes.txt': 'no blueprint',
    '.hidden.yaml': 'hidden',
    '..data': { 'a.yaml': 'again' },
    sub: { 'c.yaml': 'c', 'folder.yaml': {} },
    other: { 'd.yaml': 'd' }
  })
  symlinkSync(join(folder, 'other', 'd.yaml'), join(folder, 'e.yaml'))
  symlinkSync(join(folder, 'other'), join(folder, 'linked'))
  const { files } = readBlueprints([join(folder, 'sub', 'c.yaml'), folder])
  t.strictSame(files.map(({ path, text }) => [path.slice(folder.length + 1), text]), [
    ['sub/c.yaml', 'c'], ['a.yml', 'a'], ['b.yaml', 'b'], ['e.yaml', 'd'], ['other/d.yaml', 'd']
  ])
  t.throws(() => readBlueprints([join(folder, 'none.yaml')]), { code: 'FST_FLOW_BLUEPRINT', message: /none\.yaml: cannot be read: ENOENT/ })
  t.throws(() => readBlueprints([join(folder, 'notes.txt')], 5), { message: /it has 12 bytes, more than the limit of 5$/ })
})

t.test('readBlueprints: !File stays inside the folder of the blueprint', async (t) => {
  const root = t.testdir({ 'secret.txt': 'outside', flows: { 'text.txt': ' inside \n', sub: { 'deep.txt': 'deep' } } })
  const folder = join(root, 'flows')
  symlinkSync(join(root, 'secret.txt'), join(folder, 'leads-out.txt'))
  symlinkSync(root, join(folder, 'up'))
  symlinkSync(join(folder, 'text.txt'), join(folder, 'leads-in.txt'))
  mkdirSync(join(root, 'flows-too'))
  writeFileSync(join(root, 'flows-too', 'x.txt'), 'outside')
  const value = (name: string) => {
    writeFileSync(join(folder, 'f.yaml'),
      `entries:\n- {model: authentik_core.group, identifiers: {name: g}, attrs: {attributes: {v: !File ['${name}', fallback]}}}\n`)
    const { files, readFile } = readBlueprints([join(folder, 'f.yaml')])
    return loadBlueprints(files, { ...KINDS, readFile }).definitions.groups[0]?.attributes.v
  }
  t.equal(value('text.txt'), 'inside')
  t.equal(value('sub/../sub/deep.txt'), 'deep')
  t.equal(value('leads-in.txt'), 'inside')
  t.equal(value('missing.txt'), 'fallback')
  for (const name of ['../secret.txt', '../nothing', join(root, 'secret.txt'), 'leads-out.txt', 'up/secret.txt', '../flows-too/x.txt', '..']) {
    t.throws(() => value(name), { code: 'FST_FLOW_BLUEPRINT', message: /f\.yaml:2:\d+: entry 1 .*outside of the blueprint's own folder$/ }, name)
  }
  t.throws(() => value('sub'), { message: /it is not a file$/ })
})

t.test('the default blueprints of the original load with the kinds of this package', async (t) => {
  if (!existsSync(ORIGINALS)) {
    t.pass('the original blueprints are not beside the project')
    return
  }
  const { files } = readBlueprints([ORIGINALS])
  const webauthn = files.filter(({ path }) => path.includes('webauthn'))
  t.equal(webauthn.length, 1)
  t.throws(() => loadBlueprints(webauthn, KINDS), {
    code: 'FST_FLOW_BLUEPRINT',
    message: /webauthn-setup\.yaml:20:10: entry 2 \(.*\): nothing handles the model .*webauthnstage: register a stage kind/
  })
  const { definitions, warnings } = loadBlueprints(files.filter((file) => !webauthn.includes(file)), KINDS)
  t.strictSame(warnings, [])
  t.equal(definitions.flows.length, 12)
  t.equal(definitions.bindings.length, 19)
  t.equal(definitions.policyBindings.length, 7)
  const password = definitions.stages.find(({ name }) => name === 'default-authentication-password')
  t.equal(password?.options.configureFlow, flowKey('default-password-change'))
})
