import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { define, defineFlow, policy, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { signInAndOut } from '../flows.js'

/** Asks for a path over a Unix socket. */
async function askedOver (socketPath: string, path: string) {
  return await new Promise<{ status: number | undefined, body: string }>((resolve, reject) => {
    request({ socketPath, path }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => { resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }) })
    }).on('error', reject).end()
  })
}

t.test("facts: over a Unix socket, where nobody has an address, the app's own routes and flows answer", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flow-planner-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'socket')
  const addresses: unknown[] = []
  const definitions = define(defineFlow({
    slug: 'asks',
    name: 'Asks',
    title: 'Asks',
    designation: 'enrollment',
    stages: [stage('dummy', 'one')],
    policies: [policy('expression', 'address', { expression: 'host' })]
  }))
  const app = await buildApp(t, {
    definitions,
    planner: { policies: { address: ({ http }) => addresses.push(http?.ip) > 0 } },
    routes: (app) => { app.get('/plain', async () => 'plain') }
  })
  await app.listen({ path })
  t.strictSame(await askedOver(path, '/plain'), { status: 200, body: 'plain' })
  const flow = await askedOver(path, '/api/v3/flows/executor/asks/')
  t.equal(flow.status, 200)
  t.match(JSON.parse(flow.body), { component: 'ak-stage-dummy' })
  t.strictSame(addresses, [''])
})

t.test('facts: the id of a request is a text, also where the app counts them', async (t) => {
  const definitions = define(defineFlow({
    slug: 'fault', name: 'Fault', title: 'Fault', designation: 'enrollment', stages: [stage('dummy', 'one', { throwError: true })]
  }))
  const app = await buildApp(t, { definitions, server: { genReqId: Object(() => 7) } })
  const client = new Client(app)
  t.strictSame((await client.get('fault')).json(), { component: 'ak-stage-flow-error', request_id: '7' })
})

t.test('facts: a page of this origin may leave the default port out and write letters in any case, no other may', async (t) => {
  const app = await buildApp(t, { definitions: signInAndOut })
  const client = new Client(app)
  const status = async (host: string, origin: string) => {
    const headers = { host, origin }
    return (await client.request('POST', '/api/v3/flows/executor/sign-in/', { component: 'ak-stage-identification' }, headers)).statusCode
  }
  for (const [host, origin] of [
    ['login.example', 'http://login.example'], ['login.example:80', 'http://login.example'], ['login.example', 'HTTP://Login.Example:80'],
    ['LOGIN.example:8080', 'http://login.example:8080'], ['[::1]:80', 'http://[0:0::1]']
  ] as const) t.equal(await status(host, origin), 200, `${host} ${origin}`)
  for (const origin of [
    'http://login.example:8080', 'https://login.example', 'http://login.example.', 'http://example', 'http://evil.example/login.example',
    'null', '', 'login.example', 'data:,', 'http://'
  ]) t.equal(await status('login.example', origin), 403, origin)
})

t.test('facts: what another site causes is refused under its own code, wherever it would change something', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signInAndOut, planner: { canSimulate: () => true } }))
  for (const [method, url] of [
    ['POST', '/api/v3/flows/executor/sign-in/'], ['GET', '/api/v3/flows/executor/sign-out/'], ['GET', '/flows/-/cancel/'],
    ['POST', '/api/v3/flows/inspector/sign-in/simulate/'], ['GET', '/api/v3/flows/instances/sign-in/execute/']
  ] as const) {
    const answer = await client.request(method, url, method === 'POST' ? {} : undefined, { 'sec-fetch-site': 'cross-site' })
    t.equal(answer.statusCode, 403, url)
    t.strictSame(answer.json(), { detail: 'The request comes from another site', code: 'FST_FLOW_CROSS_SITE' }, url)
  }
})
