import { once } from 'node:events'
import { connect } from 'node:http2'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import t from 'tap'
import flowPlanner, { define, defineFlow, passed, stage, type StageKind } from '../../plugins/index.js'
import { OWN_KIND } from '../executor/own-stage.js'

t.test('replied: over HTTP/2 too a client that goes away before its reply leaves its run as free as before', async (t) => {
  let answered = (): void => {}
  let goOn = (): void => {}
  let held: Promise<void> | undefined = new Promise((resolve) => { goOn = resolve })
  const isAnswered = new Promise<void>((resolve) => { answered = resolve })
  const kind: StageKind = {
    ...OWN_KIND,
    challenge: () => ({}),
    async respond () {
      answered()
      await held
      return passed()
    }
  }
  const stages = ['one', 'two', 'three', 'four'].map((name) => stage(kind, name))
  const definitions = define(defineFlow({ slug: 'own', name: 'Own', title: 'Own', designation: 'stage_configuration', stages }))
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters', cookie: { secure: false }, saveUninitialized: false })
  await app.register(flowPlanner, { definitions, stageKinds: [kind], pages: false })
  const client = connect(await app.listen({ port: 0, host: '127.0.0.1' }))
  t.teardown(() => client.destroy())

  const ask = (headers: Readonly<Record<string, string>>, body?: object) => {
    const stream = client.request({ ':path': '/api/v3/flows/executor/own/?query=', ...headers, ...body && { 'content-type': 'application/json' } })
    stream.end(body && JSON.stringify(body))
    return stream
  }
  const reply = async (stream: ReturnType<typeof ask>) => {
    const [headers] = await once(stream, 'response')
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    return { status: headers[':status'], cookie: String(headers['set-cookie']?.[0]).split(';', 1)[0] ?? '', body: JSON.parse(text) }
  }

  const { cookie: kept } = await reply(ask({}))
  const post = { ':method': 'POST', cookie: kept }
  const gone = ask(post, { component: 'test-own' })
  gone.on('error', () => {})
  await isAnswered
  gone.destroy()
  await once(gone, 'close')
  // The server has heard of it when it answers what was sent after it.
  await reply(ask({ cookie: kept }))
  goOn()
  held = undefined
  const shown = await reply(ask({ cookie: kept }))
  const next = await reply(ask(post, { component: 'test-own', other: 1 }))
  t.equal(next.status, 200)
  t.not(next.body.flow_info.step_token, shown.body.flow_info.step_token, 'it has moved the run on')
})
