import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Attributes, Span, SpanStatusCode, Tracer, TracerProvider } from '@opentelemetry/api'
import { CHANNELS, type PlanMessage, type StageMessage, type VerdictMessage } from './channels.js'

type Api = typeof import('@opentelemetry/api')

/** How many have asked for spans; all of a process share one set of listeners, or each span would come several times. */
let users = 0
let stopListening = (): void => {}

/**
 * Makes spans of what the engine tells, where `@opentelemetry/api` is installed and a tracer provider is registered: `flow.plan`,
 * `flow.policy` and `flow.stage`, as children of the span that is active.
 *
 * @returns ends it.
 */
export async function traceFlows (): Promise<() => void> {
  const api = await import('@opentelemetry/api').catch(() => undefined)
  if (api === undefined || !isProvided(api.trace.getTracerProvider())) return () => {}
  users += 1
  if (users === 1) stopListening = listen(api)
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    users -= 1
    if (users === 0) stopListening()
  }
}

/** Whether spans made by it go anywhere: the API's own provider hands on to one that does nothing until another is registered. */
function isProvided (provider: TracerProvider): boolean {
  if (!('getDelegate' in provider) || typeof provider.getDelegate !== 'function') return true
  const delegate: unknown = provider.getDelegate()
  return typeof delegate === 'object' && delegate !== null && delegate.constructor.name !== 'NoopTracerProvider'
}

type Listener = (message: unknown, name: string | symbol) => void

function listen (api: Api): () => void {
  const tracer = api.trace.getTracer('fastify-flow-planner')
  const stage: Listener = (message, name) => {
    if (isStageMessage(message)) stageSpan(tracer, message, String(name).replace(/^.*:/, ''))
  }
  const listeners: [string, Listener][] = [
    [CHANNELS.plan, (message) => { if (isPlanMessage(message)) planSpan(tracer, message) }],
    [CHANNELS.verdict, (message) => { if (isVerdictMessage(message)) policySpan(tracer, message, api.SpanStatusCode.ERROR) }],
    ...[CHANNELS.challenge, CHANNELS.pass, CHANNELS.refuse, CHANNELS.deny].map((name): [string, Listener] => [name, stage])
  ]
  for (const [name, listener] of listeners) subscribe(name, listener)
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  }
}

function planSpan (tracer: Tracer, { flow, result, cached, bindings, duration }: PlanMessage): void {
  pastSpan(tracer, 'flow.plan', duration, {
    'flow.slug': flow, 'flow.plan.result': result, 'flow.plan.cached': cached, 'flow.plan.bindings': bindings
  }).end()
}

function policySpan (tracer: Tracer, { flow, verdict }: VerdictMessage, error: SpanStatusCode): void {
  const span = pastSpan(tracer, 'flow.policy', verdict.duration, {
    'flow.slug': flow, 'flow.policy.name': verdict.name, 'flow.policy.kind': verdict.kind, 'flow.policy.result': verdict.result
  })
  if (verdict.faulty) span.setStatus({ code: error })
  span.end()
}

function stageSpan (tracer: Tracer, { flow, stage, kind, duration }: StageMessage, event: string): void {
  pastSpan(tracer, 'flow.stage', duration, {
    'flow.slug': flow, 'flow.stage.name': stage ?? '', 'flow.stage.kind': kind ?? '', 'flow.stage.event': event
  }).end()
}

/** A span of something that is over now and took so many milliseconds. */
function pastSpan (tracer: Tracer, name: string, duration: number, attributes: Attributes): Span {
  return tracer.startSpan(name, { startTime: Date.now() - duration, attributes })
}

function isObject (message: unknown): message is object {
  return typeof message === 'object' && message !== null
}

function isPlanMessage (message: unknown): message is PlanMessage {
  return isObject(message) && 'bindings' in message
}

function isVerdictMessage (message: unknown): message is VerdictMessage {
  return isObject(message) && 'verdict' in message
}

function isStageMessage (message: unknown): message is StageMessage {
  return isObject(message) && 'stage' in message
}
