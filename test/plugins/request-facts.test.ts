import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { define, defineFlow, policy, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

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
