import t from 'tap'
import { define, defineFlow, explanationText, policy, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

const says = (name: string) => policy('expression', name, { expression: 'host' })

t.test('explanation text: what a policy or an error says makes no line of its own', async (t) => {
  const forged = `${'\r\nover\n\n'.repeat(15)}\u2028\u0085{"level":30,"msg":"admin has signed in"}\u001B[2K\u202Edetrever\0`
  const flow = (slug: string, flowPolicy: string) => defineFlow({
    slug,
    name: slug,
    title: slug,
    designation: 'authorization',
    policies: [says(flowPolicy)],
    stages: [
      { stage: stage('dummy', `${slug} first\nof all`), policies: [says('passes')] },
      { stage: stage('dummy', `${slug} guarded`), policies: [says('fails')] },
      { stage: stage('dummy', `${slug} last`), policies: [says('throws')] }
    ]
  })
  const app = await buildApp(t, {
    definitions: define(flow('open', 'passes'), flow('shut', 'throws')),
    planner: {
      policies: {
        passes: () => ({ passing: true, messages: [forged] }),
        fails: () => ({ passing: false, messages: [forged] }),
        throws: () => { throw new Error(forged) }
      }
    },
    routes: (app) => app.get<{ Params: { slug: string } }>('/why/:slug', async (request) => {
      const explanation = await app.flows.explain(request, request.params.slug)
      return explanation === undefined ? 'no run' : explanationText(explanation)
    })
  })
  const client = new Client(app)
  await client.get('open')
  await client.post('open', { component: 'ak-stage-dummy' })
  await client.get('shut')
  for (const [slug, count] of [['open', 6], ['shut', 4]] as const) {
    const lines = (await client.request('GET', `/why/${slug}`)).body.split('\n')
    t.equal(lines.length, count, slug)
    t.notOk(lines.some((line) => /[^\S ]|\p{Cc}|\p{Bidi_Control}|\S {2}/u.test(line)), `${slug}: nothing but text and single spaces`)
    t.match(lines[1], /over over .*admin has signed in/)
  }
  t.match((await client.request('GET', '/why/open')).body, /\n {2}open first of all: Passed\.\n {2}open guarded: Taken out/)
})
