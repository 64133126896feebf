import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { define, defineFlow, policy, stage, type FlowPlannerOptions } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

const HOSTILE = '<script>alert(1)</script> "&\' \u0000\u0007\ud800 \u202e'

const flow = defineFlow({
  slug: 'walk',
  name: `Flow ${HOSTILE}`,
  title: 'Walk',
  designation: 'stage_configuration',
  authentication: 'none',
  policies: [policy('expression', 'open', { expression: 'host' })],
  stages: [
    { stage: stage('dummy', 'first'), policies: [policy('expression', 'passes', { expression: 'host' })] },
    { stage: stage('dummy', 'never'), evaluateOnPlan: true, policies: [policy('expression', 'fails', { expression: 'host' })] },
    { stage: stage('dummy', 'later'), policies: [policy('expression', 'refuses', { expression: 'host' })] },
    stage('dummy', HOSTILE),
    stage('dummy', 'last')
  ]
})

const policies = {
  open: () => true,
  passes: () => true,
  fails: () => ({ passing: false, messages: [`Not for you ${HOSTILE}`] }),
  refuses: () => false
}

async function makeApp (t: Test, planner: Partial<FlowPlannerOptions> = {}): Promise<FastifyInstance> {
  return await buildApp(t, { definitions: define(flow), planner: { policies, ...planner } })
}

const picture = async (client: Client, language = 'en') =>
  await client.request('GET', '/api/v3/flows/inspector/walk/picture/', undefined, { 'accept-language': language })

/** The stops of a picture in order: state, whether the way to and from them is lit, and their words. */
function stopsOf (svg: string): Array<{ state: string, lit: string, text: string }> {
  return svg.split('<g class="stop"').slice(1).map((stop) => ({
    state: /data-state="(\w+)"/.exec(stop)?.[1] ?? '',
    lit: [...stop.matchAll(/data-(?:in|out)="(\w+)"/g)].slice(0, 2).map(([, lit]) => lit).join(' '),
    text: [...(stop.split('<g class="end"')[0] ?? '').matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text).join('|')
  }))
}

t.test('picture: every stop with its state, its gates and the way so far', async (t) => {
  const client = new Client(await makeApp(t))
  await client.get('walk')
  const before = await picture(client)
  t.equal(before.statusCode, 200)
  t.match(before.headers, {
    'content-type': 'image/svg+xml', 'cache-control': 'no-store', vary: 'accept-language', 'content-language': 'en', 'x-content-type-options': 'nosniff'
  })
  t.equal(before.headers['set-cookie'], undefined)
  t.match(stopsOf(before.body), [
    { state: 'current', lit: 'true false', text: /^passes\|passed · \d+(\.\d)? ms\|●\|first\|here\|/ },
    { state: 'left_out', lit: 'false false', text: /^fails\|failed · .* ms\|–\|never\|left out\|20 · Dummy Stage\|Left out while the flow was planned/ },
    { state: 'planned', lit: 'false false', text: /^refuses\|not asked\|\|later\|planned\|/ },
    { state: 'planned' }, { state: 'planned' }
  ])
  await client.post('walk', { component: 'ak-stage-dummy' })
  const after = stopsOf((await picture(client)).body)
  t.strictSame(after.map(({ state, lit }) => `${state}: ${lit}`), [
    'passed: true true', 'left_out: true true', 'taken_out: true true', 'current: true false', 'planned: false false'
  ])
  t.match(after[2]?.text, /Taken out when its turn came: &#39;refuses&#39; failed\./)
  await client.post('walk', { component: 'ak-stage-dummy' })
  await client.post('walk', { component: 'ak-stage-dummy' })
  const ended = await picture(client)
  t.match(stopsOf(ended.body).at(-1), { state: 'passed', lit: 'true true' })
  t.match(ended.body, '<g class="end" data-in="true">')
})

t.test('picture: names of whatever content are text in well-formed XML', async (t) => {
  const client = new Client(await makeApp(t))
  await client.get('walk')
  const { body } = await picture(client)
  t.notMatch(body, /<script|(?!\n)\p{Cc}|\p{Cs}/u)
  t.match(body, '&lt;script&gt;')
  const tags = [...body.matchAll(/<(\/?)([a-z]+)((?:\s[a-zA-Z0-9-]+="[^"<]*")*)(\/?)>/g)]
  t.equal(tags.length, body.split('<').length - 1, 'nothing but tags has an angle bracket')
  const open: string[] = []
  for (const [, isEnd, name, , isEmpty] of tags) {
    if (isEnd === '/') t.equal(open.pop(), name)
    else if (isEmpty === '') open.push(name ?? '')
  }
  t.strictSame(open, [])
})

t.test('picture: in the language that is asked for', async (t) => {
  const client = new Client(await makeApp(t))
  await client.get('walk')
  const { headers, body } = await picture(client, 'de')
  t.equal(headers['content-language'], 'de')
  t.match(stopsOf(body)[1], {
    text: /^fails\|nicht bestanden · \d+,\d ms\|–\|never\|ausgelassen\|20 · Platzhalter\|Bei der Planung ausgelassen: „fails“/
  })
  t.match(body, '<title>first (Platzhalter): hier. Er ist an der Reihe.</title>')
  const explain = await client.request('GET', '/api/v3/flows/inspector/walk/explain/', undefined, { 'accept-language': 'de' })
  t.match(explain.json().bindings[0].reason, 'Its turn has come.', 'the wire stays as it is')
})

t.test('picture: what a flow requires is said in words', async (t) => {
  const guarded = defineFlow({
    slug: 'walk', name: 'Walk', title: 'Walk', designation: 'stage_configuration', authentication: 'require_authenticated', stages: [stage('dummy', 'one')]
  })
  const client = new Client(await buildApp(t, { definitions: define(guarded) }))
  await client.get('walk')
  t.match((await picture(client)).body, '>Requires that somebody is signed in<')
  const { body } = await picture(client, 'de')
  t.match(body, '>Voraussetzung: jemand ist angemeldet<')
  t.match(body, '>Der Ablauf passt nicht. Voraussetzung: jemand ist…<')
})

t.test('picture: of a flow that does not apply says why', async (t) => {
  const client = new Client(await makeApp(t, { policies: { ...policies, open: () => ({ passing: false, messages: ['Closed today.'] }) } }))
  await client.get('walk')
  const { body } = await picture(client)
  t.match(body, 'The flow does not apply')
  t.match(body, 'class="lamp denied"')
  t.strictSame(stopsOf(body).map(({ state }) => state), ['not_reached', 'not_reached', 'not_reached', 'not_reached', 'not_reached'])
})

t.test('picture: for whoever may inspect, and only where there is a run', async (t) => {
  const none = new Client(await makeApp(t))
  t.equal((await picture(none)).statusCode, 400)
  t.equal((await none.request('GET', '/api/v3/flows/inspector/nothing/picture/')).statusCode, 404)
  const closed = new Client(await makeApp(t, { canInspect: () => false }))
  await closed.get('walk')
  t.equal((await picture(closed)).statusCode, 403)
})
