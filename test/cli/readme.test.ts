import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { run } from '../../lib/cli/run.js'
import { builtInPolicyKinds, builtInStageKinds, loadBlueprints, readBlueprints } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')

t.test('README: the command lines do what they say', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-planner-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const lines = readme.split('\n').filter((line) => line.startsWith('npx flow-planner '))
  t.equal(lines.length, 4)
  for (const line of lines) {
    const words = line.split(' ').slice(2).map((word) => word.endsWith('.run.json') ? join(folder, word) : word.replace(/^examples\//, `${root}examples/`))
    const said: string[] = []
    const code = await run(words, { print: (text) => { said.push(text) }, complain: (text) => { said.push(text) } })
    t.equal(code, 0, `${line}\n${said.join('\n')}`)
    if (line.includes(' replay ')) t.match(said.join('\n'), /sign-in\.run\.json: no difference$/)
  }
  const changed = await run(['replay', join(folder, 'sign-in.run.json'), '--blueprints', `${root}examples/blueprints`, '--json'], {
    print: (text) => { t.match(JSON.parse(text), [{ difference: null }]) }, complain: t.fail
  })
  t.equal(changed, 0)
})

t.test('README: the body of a simulation is one', async (t) => {
  const body: unknown = JSON.parse(/## What if[^]*?```json\n([^]*?)```/.exec(readme)?.[1] ?? '')
  const { files, readFile } = readBlueprints([`${root}examples/blueprints`])
  const { definitions } = loadBlueprints(files, { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds, readFile })
  const client = new Client(await buildApp(t, { definitions, planner: { canSimulate: () => true } }))
  const response = await client.request('POST', '/api/v3/flows/inspector/sign-in/simulate/', Object(body))
  t.match(response.json(), {
    explanation: { run: { ending: { kind: 'redirected', to: '/private' } } }, effects: [{ effect: 'reputation' }, { effect: 'sign_in' }]
  })
})
