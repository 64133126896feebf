import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import * as everything from '../plugins/index.js'
import { startServer } from './examples/started-server.js'
import { blocks, namesInTable, readme } from './readme/blocks.js'
import { complaints, emit, membersOf, programOf } from './typescript-program.js'
import { SocketClient } from './socket-client.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** A folder inside the package, so that its own name leads to its build. */
async function folderIn (t: Test): Promise<string> {
  await mkdir(join(root, 'dist'), { recursive: true })
  const folder = await mkdtemp(join(root, 'dist', 'readme-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

const shell = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'))
const code = blocks.filter(({ language }) => language === 'ts')
const diagrams = blocks.filter(({ language }) => language === 'mermaid')

t.test('README: there is a test for every block', async (t) => {
  t.equal(shell.length > 0 && code.length > 0 && diagrams.length > 0, true)
  // The one block of JSON and the `npx flow-planner` lines are run by test/cli/readme.test.ts.
  for (const { language, text } of blocks) t.ok(['sh', 'ts', 'mermaid', 'json'].includes(language), text)
  t.equal(blocks.filter(({ language }) => language === 'json').length, 1)
})

t.test('README: the two commands stand there as they are, and every command is one that there is', async (t) => {
  t.ok(shell.includes('npm ci && npm start'))
  t.ok(shell.includes('npm ci && npm test'))
  for (const command of shell.flatMap((line) => line.split(' && '))) {
    if (command.startsWith('npx flow-planner ') && Object.hasOwn(manifest.bin, 'flow-planner')) continue
    const [, script] = /^npm (?:run )?([\w:-]+)$/.exec(command) ?? []
    t.ok(script === 'ci' || (script !== undefined && Object.hasOwn(manifest.scripts, script)), command)
  }
  t.match(manifest.scripts.start, /&& node dist\/examples\/server\.js$/)
  t.match(manifest.engines.node, `>=${/Node (\d+\.\d+) or later/.exec(readme)?.[1]}`)
})

t.test('README: what `npm start` runs starts, with the user and the addresses that are promised', async (t) => {
  const [, user = '', password = ''] = /sign in as `(\w+)` \(`([^`]+)`\)/.exec(readme) ?? []
  const { url, end } = await startServer(t)
  const browser = new SocketClient(url)
  t.equal((await browser.request('/-/health/live/')).status, 204)
  t.equal((await browser.request('/if/flow/sign-in/?inspector')).status, 200)
  t.match(await browser.signIn('sign-in', user, password), { to: '/' })
  t.match(await (await browser.request('/')).text(), `Signed in as ${user}`)
  t.equal(await end(), 0, 'it ends when it is told to')
})

t.test('README: the code is right for the compiler', async (t) => {
  const folder = await folderIn(t)
  for (const [index, { text }] of code.entries()) {
    const file = join(folder, `block-${index}.ts`)
    await writeFile(file, text)
    t.strictSame(complaints(programOf(file), (path) => path === file), [], text)
  }
})

t.test('README: the app of the first code block signs people in over HTTP', async (t) => {
  const text = `${code[0]?.text ?? ''}\nexport { app }\n`
  const [, username = '', password = ''] = /user\('(\w+)', \{ password: '([^']+)'/.exec(text) ?? []
  const module: unknown = await import(pathToFileURL(await emit(join(await folderIn(t), 'app.ts'), text)).href)
  if (!hasApp(module)) throw new Error('the code block has no app')
  const { app } = module
  t.teardown(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const stranger = new SocketClient(url)
  t.equal((await stranger.request('/')).status, 401)
  t.match(await stranger.signIn('sign-in', username, 'a wrong password'), { component: 'ak-stage-password', response_errors: {} })
  const browser = new SocketClient(url)
  t.match(await browser.signIn('sign-in', username, password), { component: 'xak-flow-redirect' })
  t.strictSame(await (await browser.request('/')).json(), { hello: username })
})

function hasApp (module: unknown): module is { readonly app: FastifyInstance } {
  return typeof module === 'object' && module !== null && 'app' in module
}

t.test('README: diagrams are flow charts of nodes and arrows', async (t) => {
  const node = /\w+(?:\["[^"]+"\])?/.source
  const arrow = /-->(?:\|[^|"]+\|)?/.source
  const statement = new RegExp(`^ {2}${node}(?: ${arrow} ${node})*$`)
  for (const { text } of diagrams) {
    const [head, ...lines] = text.trimEnd().split('\n')
    t.match(head, /^flowchart (?:LR|TD)$/)
    for (const line of lines) t.match(line, statement)
  }
})

t.test('README: the table of options has every option, and no other', async (t) => {
  const file = join(await folderIn(t), 'options.ts')
  await writeFile(file, "import type { FlowPlannerOptions } from 'fastify-flow-planner'\nexport type Options = FlowPlannerOptions\n")
  t.strictSame([...namesInTable('| option |')].sort(), membersOf(programOf(file), file, 'Options').sort())
})

t.test('README: the table of errors has every code that an exported error has', async (t) => {
  const listed = new Set(namesInTable('| code |'))
  for (const [name, value] of Object.entries(everything)) {
    if (!name.endsWith('Error') || typeof value !== 'function') continue
    const { code }: { code?: unknown } = Reflect.construct(value, ['a', [], []])
    t.ok(typeof code === 'string' && listed.has(code), `${name}: ${String(code)}`)
  }
})
