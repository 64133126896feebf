import { Writable } from 'node:stream'
import type { FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp, type AppOptions } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { signInAndOut } from '../flows.js'

/** An app with what it warns of. */
async function watched (t: Test, options: Partial<AppOptions> = {}, server: FastifyServerOptions = {}) {
  const warnings: string[] = []
  const stream = new Writable({
    write (chunk, _encoding, done) {
      const { level, msg }: { level: number, msg: string } = JSON.parse(String(chunk))
      if (level === 40) warnings.push(msg)
      done()
    }
  })
  const app = await buildApp(t, { definitions: signInAndOut, server: { ...server, logger: { level: 'warn', stream } }, ...options })
  const request = async (remoteAddress: string, headers: Record<string, string> = {}) =>
    await app.inject({ method: 'GET', url: '/api/v3/flows/executor/sign-in/', remoteAddress, headers })
  return { warnings, request }
}

t.test('setup: a cookie that is not secure is warned of when somebody comes from another machine, once', async (t) => {
  const { warnings, request } = await watched(t)
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) await request(address)
  t.strictSame(warnings, [], 'not for loopback')
  for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1']) await request(address)
  t.equal(warnings.length, 1)
  t.match(warnings[0], /not 'Secure'/)
})

t.test('setup: a secure cookie is not', async (t) => {
  const { warnings, request } = await watched(t, { session: { cookie: { secure: 'auto' } } }, { trustProxy: true })
  await request('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' })
  t.strictSame(warnings, [])
  await request('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'http' })
  t.equal(warnings.length, 1)
})

t.test('setup: a proxy that is not trusted is warned of, once', async (t) => {
  const { warnings, request } = await watched(t)
  await request('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' })
  await request('127.0.0.1', { forwarded: 'for=192.0.2.1' })
  t.equal(warnings.length, 1)
  t.match(warnings[0], /trustProxy/)
})

t.test('setup: sessions in memory are warned of in production', async (t) => {
  const before = process.env['NODE_ENV']
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  process.env['NODE_ENV'] = 'production'
  const inMemory = await watched(t)
  await inMemory.request('127.0.0.1')
  t.match(inMemory.warnings, [/MemoryStore/])
  const elsewhere = await watched(t, { session: { store: new SlowSerialisingStore(0) } })
  await elsewhere.request('127.0.0.1')
  t.strictSame(elsewhere.warnings, [])
  process.env['NODE_ENV'] = 'development'
  const trial = await watched(t)
  await trial.request('127.0.0.1')
  t.strictSame(trial.warnings, [])
})
