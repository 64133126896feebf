import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Sensitive } from 'fastify-flow-planner'
import t from 'tap'
import { buildServer } from '../../examples/app.js'
import { readOptions, UsageError } from '../../examples/server-options.js'
import { Client } from '../app.js'

const own = fileURLToPath(new URL('../../examples/blueprints/', import.meta.url))

t.test('options: defaults, environment and flags, the flags first', async (t) => {
  t.strictSame(readOptions([], {}, own), { port: 3000, host: '127.0.0.1', blueprints: [own], inspect: 'everyone' })
  t.strictSame(readOptions([], { PORT: '8080', HOST: '::1' }, own).port, 8080)
  t.strictSame(
    readOptions(['--port', '81', '--host', 'h', '--blueprints', 'a', '--blueprints', 'b', '--inspect', 'nobody'], { PORT: '8080' }, own),
    { port: 81, host: 'h', blueprints: ['a', 'b'], inspect: 'nobody' })
  for (const args of [['--port', 'x'], ['--port', '70000'], ['--inspect', 'me'], ['--wrong'], ['extra']]) {
    t.throws(() => readOptions(args, {}, own), UsageError, args.join(' '))
  }
})

t.test('example server: a wrong blueprint is refused with file, line and entry', async (t) => {
  await t.rejects(buildServer({ port: 0, host: '', blueprints: ['no/such/folder'], inspect: 'nobody' }, 'silent'),
    { code: 'FST_FLOW_BLUEPRINT' })
})

t.test('example server: health, front page, and a recovery that ends signed in', async (t) => {
  const app = await buildServer({ port: 0, host: '', blueprints: [own], inspect: 'superusers' }, 'silent')
  t.teardown(() => app.close())
  const client = new Client(app)
  t.equal((await client.request('GET', '/-/health/live/')).statusCode, 204)
  t.match((await client.request('GET', '/')).body, /Nobody is signed in/)
  const page = await client.request('GET', '/private', undefined, { accept: 'text/html' })
  t.equal(page.headers.location, '/if/flow/sign-in/?next=%2Fprivate')
  t.equal((await client.request('GET', '/private')).statusCode, 401)
  t.match((await client.get('recovery')).json(), { component: 'ak-stage-identification' })
  t.match((await client.post('recovery', { component: 'ak-stage-identification', uid_field: 'alice' })).json(), { component: 'ak-stage-prompt' })
  const wrong = await client.post('recovery', { component: 'ak-stage-prompt', security_answer: 'red' })
  t.match(wrong.json(), { response_errors: { non_field_errors: [{ code: 'invalid' }] } })
  await client.post('recovery', { component: 'ak-stage-prompt', security_answer: 'blue' })
  const chosen = (password: string) => ({ component: 'ak-stage-prompt', password, password_repeat: password })
  t.match((await client.post('recovery', chosen('x'))).json(), { response_errors: {} }, 'a weak password is refused')
  const done = await client.post('recovery', chosen('seven purple otters dive'), 'next=/private')
  t.strictSame(done.json(), { component: 'xak-flow-redirect', to: '/private' })
  t.strictSame((await client.request('GET', '/private')).json(), { hello: 'Alice Example' })
  t.equal((await client.inspect('recovery')).statusCode, 403, 'Alice is no superuser')
  t.match((await client.request('GET', '/')).body, /Signed in as alice/)
})

t.test('example server: recovery does not go past a second factor', async (t) => {
  const app = await buildServer({ port: 0, host: '', blueprints: [own], inspect: 'nobody' }, 'silent')
  t.teardown(() => app.close())
  const { users } = app.flows.services
  const alice = await users.find({ fields: ['username'], value: 'alice', caseInsensitive: false })
  if (alice === undefined) throw new Error('the example has a user alice')
  await users.addDevice(alice.pk, { type: 'totp', name: 'phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 })
  const client = new Client(app)
  await client.get('recovery')
  await client.post('recovery', { component: 'ak-stage-identification', uid_field: 'alice' })
  const asked = await client.post('recovery', { component: 'ak-stage-prompt', security_answer: 'blue' })
  t.match(asked.json(), { component: 'ak-stage-authenticator-validate', device_challenges: [{ device_class: 'totp' }] })
})

t.test('example server: a definition that is wrong ends the start with exit code 1 and file, line and entry', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flows-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'odd.yaml')
  await writeFile(path, `version: 1
entries:
  - model: authentik_policies_expression.expressionpolicy
    id: odd
    identifiers: {name: nobody-has-written-this}
    attrs: {expression: return True}
`)
  const server = fileURLToPath(new URL('../../dist/examples/server.js', import.meta.url))
  const failure = await promisify(execFile)(process.execPath, [server, '--port', '0', '--blueprints', path], { env: { LOG_LEVEL: 'silent' } })
    .then(() => { throw new Error('it has started') }, (error: { code: unknown, stderr: string }) => error)
  t.equal(failure.code, 1)
  t.equal(failure.stderr.startsWith(
    `${path}:3:5: entry 1 (authentik_policies_expression.expressionpolicy 'odd'): Policy 'nobody-has-written-this'`), true, failure.stderr)
  t.match(failure.stderr, /option 'policies'.*language: cel/)
  t.notMatch(failure.stderr, /^ +at /m, 'it is a message for people, without a stack')
})

t.test('example server: headers that protect, and a limit of requests for addresses other than this machine\'s', async (t) => {
  const app = await buildServer({ port: 0, host: '', blueprints: [own], inspect: 'nobody' }, 'silent')
  t.teardown(() => app.close())
  for (const url of ['/', '/if/flow/sign-in/', '/private', '/api/v3/flows/executor/sign-in/', '/no-such-page']) {
    const { headers } = await app.inject({ url, remoteAddress: '192.0.2.1' })
    t.match(headers['content-security-policy'], /default-src 'none'/, url)
    t.equal(headers['x-content-type-options'], 'nosniff', url)
    t.ok('strict-transport-security' in headers, url)
    if (url !== '/no-such-page') t.equal(headers['x-ratelimit-limit'], '3000', url)
    t.notOk('x-ratelimit-limit' in (await app.inject({ url, remoteAddress: '127.0.0.1' })).headers, `${url} from this machine`)
  }
})
