import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { buildApp, Client, type AppOptions } from '../app.js'
import { signInAndOut } from '../flows.js'

const URL = '/api/v3/flows/executor/sign-in/'
const RIGHT = '{"component":"ak-stage-identification","uid_field":"admin"}'

/** An app on a socket, with a run that waits to be told who it is about. */
async function waiting (t: Test, options: Partial<AppOptions> = {}) {
  const app = await buildApp(t, { definitions: signInAndOut, ...options })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = new Client(app)
  await client.get('sign-in')
  return { app, client, before: (await client.inspect('sign-in')).json() }
}

interface Answer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** Sends bytes as they are, and gives what comes back until the server hangs up. */
async function exchange (app: FastifyInstance, ...parts: readonly (string | Uint8Array)[]): Promise<Answer> {
  const { port }: Pick<AddressInfo, 'port'> = Object(app.server.address())
  const text = await new Promise<string>((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const done = () => { resolve(Buffer.concat(chunks).toString('latin1')) }
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', done)
    socket.on('close', done)
    for (const part of parts) socket.write(part)
  })
  const [headers = '', body = ''] = text.split('\r\n\r\n', 2)
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1]), headers, body }
}

const head = (method: string, url: string, ...lines: readonly string[]) =>
  `${[`${method} ${url} HTTP/1.1`, 'host: 127.0.0.1', 'connection: close', ...lines].join('\r\n')}\r\n\r\n`

async function post (app: FastifyInstance, cookie: string | undefined, body: string | Uint8Array, type = 'application/json'): Promise<Answer> {
  const bytes = Buffer.from(body)
  const lines = [`cookie: sessionId=${cookie}`, `content-length: ${bytes.length}`, ...type === '' ? [] : [`content-type: ${type}`]]
  return await exchange(app, head('POST', URL, ...lines), bytes)
}

/** An error as this package's own routes tell it, which sets nothing and is kept nowhere. */
function isOurs (t: Test, { status, headers, body }: Answer, expected: number, what: string): void {
  t.equal(status, expected, what)
  t.match(JSON.parse(body), { detail: String, code: String }, what)
  t.match(headers, /cache-control: no-store/i, what)
  t.notMatch(headers, /set-cookie/i, what)
}

const nested = (open: string, close: string, levels: number) => `${open.repeat(levels)}${close.repeat(levels)}`
const within = (value: string) => `{"component":"ak-stage-identification","uid_field":"admin","more":${value}}`
const utf8 = (...bytes: readonly number[]) =>
  Buffer.concat([Buffer.from('{"component":"ak-stage-identification","uid_field":"'), Uint8Array.from(bytes), Buffer.from('"}')])

const BODIES: readonly (readonly [what: string, body: string | Uint8Array, status: number, type?: string])[] = [
  ['a form', 'component=ak-stage-identification&uid_field=admin', 415, 'application/x-www-form-urlencoded'],
  ['a form with parts', '--x\r\n\r\n--x--', 415, 'multipart/form-data; boundary=x'],
  ['JSON that says it is text, as a form of another site can send it', RIGHT, 415, 'text/plain'],
  ['JSON that says nothing', RIGHT, 415, ''],
  ['JSON that says it is something like JSON', RIGHT, 415, 'application/json-patch+json'],
  ['JSON that says it is JSON and text', RIGHT, 415, 'text/plain, application/json'],
  ['JSON with a type of no sense', RIGHT, 415, 'json'],
  ['XML', '<a/>', 415, 'application/xml'],
  ['too long a body', within(`"${'x'.repeat(300_000)}"`), 413],
  ['lists in lists', nested('[', ']', 100_000), 400],
  ['objects in objects', within(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`), 400],
  ['one level too many', within(nested('[', ']', 32)), 400],
  ['a prototype', `{"__proto__":{"component":"ak-stage-identification"},${RIGHT.slice(1)}`, 400],
  ['a prototype, deep within', within('{"a":[{"__proto__":{"isSuperuser":true}}]}'), 400],
  ['a prototype, spelt otherwise', within('{"\\u005f_proto__":{"isSuperuser":true}}'), 400],
  ['a constructor\'s prototype', within('{"constructor":{"prototype":{"isSuperuser":true}}}'), 400],
  ['bytes that are no UTF-8', utf8(0xff, 0xfe), 400],
  ['UTF-8 that is cut short', utf8(0xe2, 0x82), 400],
  ['UTF-8 that is longer than need be', utf8(0xc0, 0xaf), 400],
  ['a surrogate in UTF-8', utf8(0xed, 0xa0, 0x80), 400],
  ['UTF-16', Buffer.from(RIGHT, 'utf16le'), 400],
  ['nothing', '', 400],
  ['half of it', RIGHT.slice(0, -5), 400],
  ['two at once', `${RIGHT}${RIGHT}`, 400],
  ['what is no JSON', '{component:1}', 400],
  ['NaN', within('NaN'), 400]
]

t.test('bodies that are refused at the border: nothing changes, and the run goes on', async (t) => {
  const { app, client, before } = await waiting(t)
  for (const [what, body, status, type] of BODIES) isOurs(t, await post(app, client.cookie, body, type), status, what)
  t.strictSame((await client.inspect('sign-in')).json(), before)
  t.equal((await client.post('sign-in', JSON.parse(RIGHT))).json().component, 'ak-stage-password')
})

t.test('bodies that hold the character for what is no UTF-8, and are: taken as they are', async (t) => {
  const { app, client } = await waiting(t)
  const answer = await post(app, client.cookie, utf8(0xef, 0xbf, 0xbd))
  t.equal(answer.status, 200)
  t.match(JSON.parse(Buffer.from(answer.body, 'latin1').toString()), { component: 'ak-stage-password', pending_user: '\ufffd' })
})

t.test('bodies that are well-formed and no answer: refused by the stage, nothing advances', async (t) => {
  const { app, client, before } = await waiting(t)
  const texts = ['\\u0000', 'admin\\u0000', '\\ud800', '\\udc00admin', '', ' ', 'x'.repeat(513)].map((text) =>
    `{"component":"ak-stage-identification","uid_field":"${text}"}`)
  const others = ['null', '7', '"text"', 'true', '[]', '{}', '[{"component":"ak-stage-identification","uid_field":"admin"}]']
  for (const body of [...texts, ...others, within('{}').replace('"admin"', '["admin"]')]) {
    const answer = await post(app, client.cookie, body)
    t.equal(answer.status, 200, body.slice(0, 80))
    t.match(JSON.parse(answer.body), { component: 'ak-stage-identification', response_errors: {} }, body.slice(0, 80))
  }
  t.strictSame((await client.inspect('sign-in')).json(), before)
})

t.test('what is odd and harmless is taken', async (t) => {
  for (const [what, body, type] of [
    ['a byte order mark', `\ufeff${RIGHT}`, 'application/json'],
    ['a charset', RIGHT, 'Application/JSON; charset=utf-8'],
    ['as many levels as are allowed', within(nested('[', ']', 31)), 'application/json'],
    ['a member twice: the last counts', `{"component":"ak-stage-dummy",${RIGHT.slice(1)}`, 'application/json']
  ] as const) {
    const { app, client } = await waiting(t)
    const answer = await post(app, client.cookie, body, type)
    t.equal(JSON.parse(answer.body).component, 'ak-stage-password', what)
  }
})

t.test('parsers of the app do not open the API to forms', async (t) => {
  const { app, client, before } = await waiting(t, {
    routes: (app) => {
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) => {
        done(null, Object.fromEntries(new URLSearchParams(String(text))))
      })
      app.addContentTypeParser('*', (_request, _payload, done) => { done(null, JSON.parse(RIGHT)) })
    }
  })
  const form = 'component=ak-stage-identification&uid_field=admin'
  isOurs(t, await post(app, client.cookie, form, 'application/x-www-form-urlencoded'), 415, 'a form')
  isOurs(t, await post(app, client.cookie, form, 'application/octet-stream'), 415, 'anything')
  t.strictSame((await client.inspect('sign-in')).json(), before)
})

t.test('an app that lets prototypes through elsewhere does not here', async (t) => {
  const { app, client } = await waiting(t, { server: { onProtoPoisoning: 'ignore', onConstructorPoisoning: 'ignore' } })
  isOurs(t, await post(app, client.cookie, within('{"__proto__":{"x":1}}')), 400, 'a prototype')
})

t.test('bodyLimit: as many bytes as the option says', async (t) => {
  const { app, client } = await waiting(t, { planner: { bodyLimit: RIGHT.length } })
  isOurs(t, await post(app, client.cookie, `${RIGHT} `), 413, 'one more')
  t.equal((await post(app, client.cookie, RIGHT)).status, 200)
  await t.rejects(buildApp(t, { definitions: signInAndOut, planner: { bodyLimit: 0 } }), { code: 'FST_FLOW_OPTIONS', message: /bodyLimit/ })
})

t.test('paths, queries and headers: 4xx in JSON from this package or from Fastify, and nothing changes', async (t) => {
  const { app, client, before } = await waiting(t)
  const cookie = `cookie: sessionId=${client.cookie}`
  const api = '/api/v3/flows'
  for (const [what, url, status] of [
    ['a slug of 51', `${api}/executor/${'a'.repeat(51)}/`, 404],
    ['a slug of 101', `${api}/executor/${'a'.repeat(101)}/`, 404],
    ['a slug with NUL', `${api}/executor/%00/`, 404],
    ['a slug that climbs', `${api}/executor/..%2f..%2fetc%2fpasswd/`, 404],
    ['a slug that is a prototype', `${api}/executor/__proto__/`, 404],
    ['a slug that is a method', `${api}/inspector/constructor/`, 404],
    ['a slug of odd letters', `${api}/executor/s%C4%B1gn-in/`, 404],
    ['a long query', `${URL}?query=${'a'.repeat(8193)}`, 400],
    ['two queries', `${URL}?query=a&query=b`, 400],
    ['a page that is no number', `${api}/instances/?page=x`, 400],
    ['a page that is too big', `${api}/instances/?page_size=1e9`, 400],
    ['a search that is too long', `${api}/instances/?search=${'a'.repeat(300)}`, 400]
  ] as const) isOurs(t, await exchange(app, head('GET', url, cookie)), status, what)
  for (const [what, method, url, status, line] of [
    ['a slug that is no text', 'GET', `${api}/executor/%ff/`, 400, 'x: y'],
    ['a slug that ends in the middle', 'GET', `${api}/executor/%z/`, 400, 'x: y'],
    ['a huge path', 'GET', `${api}/executor/${'a/'.repeat(10_000)}`, 431, 'x: y'],
    ['a huge header', 'GET', URL, 431, `x: ${'a'.repeat(20_000)}`],
    ['three thousand headers', 'GET', URL, 431, Array.from({ length: 3000 }, (_, index) => `x${index}: y`).join('\r\n')],
    ['a method that is not there', 'PUT', URL, 404, 'x: y'],
    ['a method that would only look', 'HEAD', URL, 404, 'x: y'],
    ['a method that would only look, to cancel', 'HEAD', '/flows/-/cancel/', 404, 'x: y'],
    ['two lengths', 'POST', URL, 400, 'content-type: application/json\r\ncontent-length: 2\r\ntransfer-encoding: chunked']
  ] as const) {
    const answer = await exchange(app, head(method, url, cookie, line))
    t.equal(answer.status, status, what)
    t.match(answer.headers, /content-type: application\/json/i, what)
    t.notMatch(answer.headers, /set-cookie/i, what)
  }
  t.strictSame((await client.inspect('sign-in')).json(), before)
})

for (const maxParamLength of [20, 100, 5000]) {
  t.test(`slugs: one that is too long is not found, as an unknown one, where a parameter may have ${maxParamLength} characters`, async (t) => {
    const app = await buildApp(t, {
      definitions: signInAndOut, planner: { pages: true, canSimulate: () => true }, server: { routerOptions: { maxParamLength } }
    })
    const client = new Client(app)
    for (const [method, before, after] of [
      ['GET', '/api/v3/flows/executor/', '/'], ['GET', '/api/v3/flows/executor/', ''], ['POST', '/api/v3/flows/executor/', '/'],
      ['GET', '/api/v3/flows/inspector/', '/'], ['GET', '/api/v3/flows/inspector/', '/explain/'],
      ['POST', '/api/v3/flows/inspector/', '/simulate/'], ['GET', '/api/v3/flows/instances/', '/'],
      ['GET', '/api/v3/flows/instances/', '/diagram/'], ['GET', '/if/flow/', '/'], ['GET', '/if/inspector/', '']
    ] as const) {
      const ask = async (slug: string) => {
        const { statusCode, headers, body } = await client.request(method, before + slug + after, method === 'POST' ? {} : undefined)
        return { statusCode, type: headers['content-type'], cache: headers['cache-control'], body: body.replaceAll(slug, 'SLUG') }
      }
      const unknown = await ask('no-such-flow')
      t.equal(unknown.statusCode, 404)
      for (const length of [60, 101, 4000]) {
        const { body, ...long } = await ask('a'.repeat(length))
        const { body: _whatever, ...rest } = unknown
        t.strictSame(long, rest, `${method} ${before}${length}${after}`)
        if (!before.startsWith('/if/')) t.strictSame(Object.keys(JSON.parse(body)), ['detail', 'code'])
      }
    }
  })
}

t.test('cookies that are none start a session of their own, and reach nobody else\'s', async (t) => {
  const { app, client, before } = await waiting(t)
  for (const cookie of [
    'sessionId=', 'sessionId=%00', 'sessionId=%ff', 'sessionId=__proto__', `sessionId=${'a'.repeat(8000)}`, ';;=;', 'sessionId',
    `sessionId=${client.cookie?.slice(0, -1)}`, `sessionId=${client.cookie?.split('.')[0]}`, `sessionId=${client.cookie?.split('.')[0]}.`
  ]) {
    const answer = await exchange(app, head('POST', URL, `cookie: ${cookie}`, 'content-type: application/json', `content-length: ${RIGHT.length}`), RIGHT)
    t.equal(answer.status, 200, cookie.slice(0, 40))
    t.match(JSON.parse(answer.body), { component: 'ak-stage-identification', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
  }
  t.strictSame((await client.inspect('sign-in')).json(), before)
})

t.test('any JSON whatever as an answer: never a 5xx, never an advance', async (t) => {
  const { app, client, before } = await waiting(t)
  await fc.assert(fc.asyncProperty(fc.json({ maxDepth: 8 }), async (text) => {
    const answer = await post(app, client.cookie, text)
    return [200, 400, 409].includes(answer.status)
  }), { numRuns: 200 })
  t.strictSame((await client.inspect('sign-in')).json(), before)
})

t.test('every route with state, in every way that it answers, is kept out of caches', async (t) => {
  const { client } = await waiting(t, {
    planner: { canInspect: (request) => request.headers['x-may'] === 'yes' },
    routes: (app) => { app.get('/mine', { preHandler: app.requireSignIn }, async () => 'mine') }
  })
  const paths = [
    'executor/sign-in/', 'inspector/sign-in/', 'inspector/sign-in/explain/', 'instances/', 'instances/sign-in/', 'instances/sign-in/diagram/',
    'instances/sign-in/export/', 'instances/sign-in/execute/', 'executor/no-such/', 'inspector/no-such/', 'instances/no-such/', 'executor/no%20/'
  ].map((path) => `/api/v3/flows/${path}`)
  for (const url of [...paths, ...paths.map((path) => path.slice(0, -1)), '/flows/-/cancel/', '/mine']) {
    for (const may of ['yes', 'no']) {
      const response = await client.request('GET', url, undefined, { 'x-may': may })
      t.equal(response.headers['cache-control'], 'no-store', `${url} ${response.statusCode}`)
    }
  }
  const page = await client.request('GET', '/mine', undefined, { accept: 'text/html' })
  t.equal(page.statusCode, 302)
  t.equal(page.headers['cache-control'], 'no-store')
})
