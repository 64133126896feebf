import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import t from 'tap'
import { define, defineFlow, policy, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

const flow = defineFlow({
  slug: 'traced',
  name: 'Traced',
  title: 'Traced',
  designation: 'enrollment',
  policies: [policy('dummy', 'yes', { result: true, waitMin: 0, waitMax: 0 })],
  stages: [stage('dummy', 'one'), stage('dummy', 'two')]
})

t.test('tracing: plans, policies and stages are spans where a provider is registered, once however many apps there are', async (t) => {
  const untraced = new Client(await buildApp(t, { definitions: define(flow) }))
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  await untraced.get('traced')
  trace.setGlobalTracerProvider(provider)
  t.teardown(() => trace.disable())
  await untraced.get('traced')
  t.strictSame(exporter.getFinishedSpans(), [], 'there was no provider when the app got ready')
  const app = await buildApp(t, { definitions: define(flow) })
  const other = await buildApp(t, { definitions: define(flow) })
  const client = new Client(app)
  await client.get('traced')
  await client.post('traced', { component: 'ak-stage-dummy' })
  const spans = exporter.getFinishedSpans().map(({ name, attributes }) => ({ name, ...attributes }))
  t.match(spans, [
    { name: 'flow.policy', 'flow.slug': 'traced', 'flow.policy.name': 'yes', 'flow.policy.kind': 'dummy', 'flow.policy.result': 'pass' },
    { name: 'flow.plan', 'flow.plan.result': 'planned', 'flow.plan.bindings': 2, 'flow.plan.cached': false },
    { name: 'flow.stage', 'flow.stage.name': 'one', 'flow.stage.kind': 'dummy', 'flow.stage.event': 'challenge' },
    { name: 'flow.stage', 'flow.stage.name': 'one', 'flow.stage.event': 'pass' },
    { name: 'flow.stage', 'flow.stage.name': 'two', 'flow.stage.event': 'challenge' }
  ])
  t.equal(spans.length, 5)
  exporter.reset()
  await other.close()
  await client.post('traced', { component: 'ak-stage-dummy' })
  t.equal(exporter.getFinishedSpans().length, 1, 'the other app still traces')
  await app.close()
  exporter.reset()
  await untraced.get('traced')
  t.strictSame(exporter.getFinishedSpans(), [], 'nothing is left behind')
})

t.test('tracing: not where the host does not want it', async (t) => {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  t.teardown(() => trace.disable())
  const client = new Client(await buildApp(t, { definitions: define(flow), planner: { tracing: false } }))
  await client.get('traced')
  t.strictSame(exporter.getFinishedSpans(), [])
})
