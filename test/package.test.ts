import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { complaints, programOf } from './typescript-program.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const subpaths = Object.entries<string | object>(manifest.exports).filter(([, target]) => typeof target === 'object').map(([path]) => path)

/** Packs the package and puts it into an otherwise empty project, beside links to what its manifest says that it needs. */
const project = await mkdtemp(join(tmpdir(), 'consumer-'))
t.teardown(() => rm(project, { recursive: true }))
const installed = join(project, 'node_modules', manifest.name)
await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', project], { cwd: root })
const tarball = (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? ''
await run('tar', ['-xzf', tarball], { cwd: project })
await mkdir(dirname(installed), { recursive: true })
await cp(join(project, 'package'), installed, { recursive: true })
for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), '@types/node']) {
  const link = join(project, 'node_modules', name)
  await mkdir(dirname(link), { recursive: true })
  await symlink(join(root, 'node_modules', name), link, 'junction')
}
await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }')

/** Runs a script in the project, and gives what it prints as JSON. */
async function runScript (text: string): Promise<unknown> {
  const file = join(project, 'script.js')
  await writeFile(file, text)
  const { stdout } = await run(process.execPath, [file], { cwd: project, env: {} })
  return JSON.parse(stdout)
}

async function filesIn (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')).sort()
}

t.test('package: it holds the build, the papers, and nothing else', async (t) => {
  const files = await filesIn(installed)
  const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/LICENCES.txt', 'package.json']
  t.strictSame(files.filter((file) => !/^dist\/(?:lib|plugins)\//.test(file)), papers)
  for (const file of files.filter((file) => !papers.includes(file))) {
    t.match(file, /^dist\/(?:(?:lib|plugins)\/[\w/.-]+\.(?:js|d\.ts|js\.map)|plugins\/pages\/(?:assets|browser)\/[\w-]+\.\w+)$/)
  }
  const modules = files.filter((file) => /^dist\/.*\.js$/.test(file) && !file.startsWith('dist/plugins/pages/browser/'))
  const targets = [...Object.values<string | { default: string }>(manifest.exports), ...Object.values<string>(manifest.bin)]
  const entries = targets.map((target) => typeof target === 'string' ? target : target.default).filter((path) => path.endsWith('.js'))
  t.strictSame(modules.filter((file) => !file.startsWith('dist/lib/chunks/')), entries.map((path) => path.slice(2)).sort())
  const sources = (await Promise.all(['lib', 'plugins'].map(async (folder) =>
    (await filesIn(join(root, folder))).map((file) => `${folder}/${file}`)))).flat()
  const declared = sources.filter((file) => file.endsWith('.ts') && !file.startsWith('plugins/pages/browser/'))
  t.strictSame(files.filter((file) => file.endsWith('.d.ts')), declared.map((file) => `dist/${file.replace(/\.ts$/, '.d.ts')}`).sort())
  const assets = sources.filter((file) => file.startsWith('plugins/pages/assets/'))
  t.not(assets.length, 0)
  // The build puts style sheets beside the scripts, the pictures stay where they are.
  const isShipped = (file: string) => [file, file.replace('/assets/', '/browser/')].some((path) => files.includes(`dist/${path}`))
  t.strictSame(assets.filter((file) => !isShipped(file)), [])
})

t.test('package: every subpath imports, with nothing beside it but what the manifest names', async (t) => {
  const names = subpaths.map((path) => manifest.name + path.slice(1))
  const types = await runScript(`
    const modules = await Promise.all(${JSON.stringify(names)}.map((name) => import(name)))
    console.log(JSON.stringify(modules.map((module) => [typeof module.default, Object.keys(module).length > 1])))`)
  t.strictSame(types, names.map((name) => [name === manifest.name ? 'function' : 'undefined', true]))
})

t.test('package: the licence of every library that is in its modules goes with them', async (t) => {
  const texts = await Promise.all((await filesIn(join(installed, 'dist'))).filter((file) => file.endsWith('.js.map'))
    .map(async (file) => await readFile(join(installed, 'dist', file), 'utf8')))
  const named = texts.flatMap((text) => [...text.matchAll(/node_modules\/((?:@[^/"]+\/)?[^/"]+)\//g)].map(([, name = '']) => name))
  const licences = await readFile(join(installed, 'dist/LICENCES.txt'), 'utf8')
  t.ok(named.includes('@sinclair/typebox'), 'the modules contain libraries')
  for (const name of new Set(named)) t.ok(licences.includes(`# ${name} `), name)
})

t.test("package: an app's own TypeBox makes kinds, and checks bodies once it knows the package's types", async (t) => {
  const seen = await runScript(`
    import { FormatRegistry, Type, TypeRegistry } from '@sinclair/typebox'
    import { Value } from '@sinclair/typebox/value'
    import { define, defineFlow, FlowSchema, Registry, stage } from '${manifest.name}'
    import { builtInStageKinds, registerTypes } from '${manifest.name}/stages'

    const dummy = builtInStageKinds.find(({ kind }) => kind === 'dummy')
    const own = { ...dummy, kind: 'own', model: 'host.own', options: Type.Object({ colour: Type.String({ minLength: 3 }) }) }
    const definitions = define(defineFlow({ slug: 'a', name: 'a', title: 'a', designation: 'authentication', stages: [stage('dummy', 'a')] }))
    const changed = (colour) => ({ ...definitions, stages: definitions.stages.map((one) => ({ ...one, kind: 'own', options: { colour } })) })
    const registry = new Registry(changed('red'), { stageKinds: [own] })
    let refusal = ''
    try { new Registry(changed('r'), { stageKinds: [own] }) } catch ({ message }) { refusal = message }
    const checks = () => { try { return Value.Check(FlowSchema, registry.flow('a').flow) } catch { return 'thrown' } }
    const before = checks()
    registerTypes({ FormatRegistry, TypeRegistry })
    console.log(JSON.stringify({ before, after: checks(), refusal }))`)
  t.match(seen, { before: /false|thrown/, after: true, refusal: /field 'colour': expected string length/ })
})

t.test('package: a path that is not in the map does not import', async (t) => {
  const code = await runScript(`
    const code = await import('${manifest.name}/dist/lib/index.js').then(() => 'imported', ({ code }) => code)
    console.log(JSON.stringify(code))`)
  t.equal(code, 'ERR_PACKAGE_PATH_NOT_EXPORTED')
})

const APP = `
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import flowPlanner, { define, defineFlow, stage, user } from '${manifest.name}'

const app = Fastify()
await app.register(cookie)
await app.register(session, { secret: 'a secret of at least thirty-two characters', cookie: { secure: 'auto' } })
await app.register(flowPlanner, {
  definitions: define(user('alice', { password: 'open sesame, please' }), defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome back',
    designation: 'authentication',
    stages: [stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'), stage('user_login', 'login')]
  }))
})
`

t.test('package: the installed plugin serves its pages with all that they load', async (t) => {
  const served = await runScript(`${APP}
    const seen = new Map()
    async function load (url) {
      if (seen.has(url)) return
      const { statusCode, headers, body } = await app.inject(url)
      seen.set(url, statusCode + ' ' + headers['content-type'])
      const named = /html/.test(headers['content-type'])
        ? [...body.matchAll(/<(?:script|link|img)[^>]* (?:src|href)="(?!data:)([^"]+)"/g)]
        : /javascript/.test(headers['content-type']) ? [...body.matchAll(/(?:from|import)\\s*\\(?["'](\\.{0,2}\\/[^"']+)["']/g)] : []
      for (const [, name] of named) await load(new URL(name, 'http://localhost' + url).pathname)
    }
    await load('/if/flow/sign-in/')
    await load('/if/flow/sign-in/?inspector')
    const { body } = await app.inject('/api/v3/flows/executor/sign-in/?query=')
    await load(JSON.parse(body).flow_info.background)
    console.log(JSON.stringify([...seen]))`)
  const list: Array<readonly [string, string]> = Array.isArray(served) ? served : []
  for (const type of ['text/html', 'javascript', 'text/css', 'image/']) t.ok(list.some(([, answer]) => answer.includes(type)), type)
  for (const [url, answer] of list) t.match(answer, /^200 /, url)
})

t.test('package: an app type-checks against the declarations, and they themselves are right', async (t) => {
  const file = join(project, 'app.ts')
  const imports = subpaths.map((path, index) => `export * as module${index} from '${manifest.name}${path.slice(1)}'`).join('\n')
  await writeFile(file, `${imports}\n${APP}
app.get('/', { preHandler: app.requireSignIn }, async (request) => ({ hello: request.flowUser?.username }))
// @ts-expect-error a stage option that there is not
stage('dummy', 'a', { throwErrors: true })
`)
  const program = programOf(file, { skipLibCheck: false, typeRoots: [join(project, 'node_modules', '@types')] })
  t.strictSame(complaints(program, (path) => path.includes('consumer-')), [])
})
