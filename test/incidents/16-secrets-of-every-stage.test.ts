import { randomBytes, randomUUID } from 'node:crypto'
import { KindGuard } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { isSecretKey } from '../../lib/context/sanitise.js'
import { isSensitive } from '../../lib/model/scalars.js'
import { redisStores } from '../../lib/redis/index.js'
import { toWireName } from '../../lib/wire/names.js'
import { builtInStageKinds, explanationText, MemoryUserStore, Registry } from '../../plugins/index.js'
import { buildApp, type AppOptions } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { connectClient, lookInto } from '../redis/clients.js'
import { hasRedis, RedisServer } from '../redis/server.js'
import { everyStage, PROMPT_TYPES } from './canaries/flows.js'
import { quotingUsers } from './canaries/quoting-users.js'
import { Secrets } from './canaries/secrets.js'
import { Visitor } from './canaries/visitor.js'
import { hostContext, walks } from './canaries/walks.js'
import { ToldRuns, Witness } from './canaries/witness.js'

/** Time stands still, so that a code stays good. */
const started = Date.now()
const now = (): number => started

/** Prompts that hold nothing secret whatever they are called. */
const HARMLESS = ['checkbox', 'date', 'date-time', 'separator']

/** What takes a secret: a field of a stage, by the schema of its answer, and each type of prompt. */
function secretFields (): string[] {
  const fields = builtInStageKinds.flatMap(({ kind, answerSchema }) =>
    answerSchema === undefined || !KindGuard.IsObject(answerSchema)
      ? []
      : Object.entries(answerSchema.properties)
        .filter(([name, schema]) => isSecretKey(toWireName(name)) || isSensitive(schema))
        .map(([name]) => `${kind}.${toWireName(name)}`))
  return [...fields, ...PROMPT_TYPES.filter((type) => !HARMLESS.includes(type)).map((type) => `prompt.${type}`)]
}

/** Walks everything with an app whose state is somewhere, and looks whether a secret was heard anywhere. */
async function walkAll (t: Test, witness: Witness, secrets: Secrets, password: string, where: Required<Pick<AppOptions, 'session' | 'planner'>>) {
  const app = await buildApp(t, {
    definitions: everyStage(password),
    server: { logger: witness.logger },
    session: where.session,
    planner: { now, recordRuns: true, canSimulate: () => true, ...where.planner },
    routes: (app) => {
      app.get<{ Params: { slug: string } }>('/start/:slug', async (request) =>
        await app.flows.start(request, request.params.slug, hostContext(request.params.slug, secrets)).then(() => 'started'))
      app.get<{ Params: { slug: string } }>('/explanation/:slug', async (request) => {
        const explanation = await app.flows.explain(request, request.params.slug)
        return explanation === undefined ? '' : explanationText(explanation)
      })
    }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const visitors: Visitor[] = []
  const visit = () => {
    const visitor = new Visitor(t, app, url, { witness, secrets })
    visitors.push(visitor)
    return visitor
  }
  for (const walk of walks) await walk({ t, secrets, password, now: started, visit })
  for (const visitor of visitors) await visitor.simulate((slug) => hostContext(slug, secrets))
  await app.close()
  witness.hearSpans()
}

/** @param kept where what is secret by its name only is kept in clear. */
function judge (t: Test, witness: Witness, secrets: Secrets, kept: readonly string[]): void {
  const told = witness.heard.get('channels')?.map(({ text }) => JSON.parse(text).kind)
  for (const { kind } of builtInStageKinds) t.ok(told?.includes(kind), `walked: ${kind}`)
  const names = new Set(secrets.all.map(({ name }) => name))
  for (const field of secretFields()) t.ok(names.has(field), `has a secret of its own: ${field}`)
  for (const place of ['challenges', 'refusals', 'headers', 'inspector', 'explain', 'picture', 'export-run', 'explanation text', 'events',
    'simulate', 'log', 'channels', 'spans', ...kept]) t.ok(witness.heard.has(place), `heard: ${place}`)
  for (const secret of secrets.all) t.strictSame(witness.leaksOf(secret, kept), [], secret.name)
}

t.test('16: secrets of every stage are found nowhere, with all state in memory', async (t) => {
  const [witness, secrets] = [new Witness(t), new Secrets()]
  const password = secrets.canary('password of a defined user')
  const store = new SlowSerialisingStore(1)
  const definitions = new Registry(everyStage(password)).current.definitions
  const users = new MemoryUserStore({ ...definitions, now, newId: randomUUID, randomBytes })
  await walkAll(t, witness, secrets, password, {
    session: { store }, planner: { runs: new ToldRuns(witness, now), users: quotingUsers(users) }
  })
  judge(t, witness, secrets, ['runs'])
})

if (hasRedis(t)) {
  t.test('16: secrets of every stage are found nowhere, with all state in Redis and a key', async (t) => {
    const server = await RedisServer.start(t)
    const client = await connectClient(t, server, 'ioredis')
    const [witness, secrets] = [new Witness(t), new Secrets()]
    const password = secrets.canary('password of a defined user')
    const monitor = await lookInto(t, server).monitor()
    t.teardown(() => monitor.disconnect())
    const end = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, args: string[]) => {
        witness.hear('redis', JSON.stringify(args))
        if (args.includes('all is said')) resolve()
      })
    })
    const sealKeys = [randomBytes(32)]
    const definitions = everyStage(password)
    const { sessions, consumed: _notNeeded, users, ...stores } = redisStores(client, { sealKeys, now, definitions })
    await walkAll(t, witness, secrets, password, {
      session: { store: sessions }, planner: { ...stores, users: quotingUsers(users), sealKeys }
    })
    await lookInto(t, server).echo('all is said')
    await end
    t.ok(witness.heard.has('redis'))
    judge(t, witness, secrets, [])
  })
}
