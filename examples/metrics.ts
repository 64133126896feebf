import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { CHANNELS } from 'fastify-flow-planner'
import { Histogram, Registry } from 'prom-client'

/** Seconds. */
const buckets = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]

/** Serves plan and stage times as Prometheus histograms, under authentik's names, at `/metrics`. */
export function serveMetrics (app: FastifyInstance): void {
  const registry = new Registry()
  const planTime = new Histogram({
    name: 'authentik_flows_plan_time', help: 'Duration to build a plan for a flow', labelNames: ['flow_slug'], buckets, registers: [registry]
  })
  const stageTime = new Histogram({
    name: 'authentik_flows_execution_stage_time', help: 'Duration each stage took to execute.', labelNames: ['stage_type', 'method'], buckets, registers: [registry]
  })
  subscribe(CHANNELS.plan, (message) => planTime.observe({ flow_slug: text(message, 'flow') }, seconds(message)))
  for (const name of [CHANNELS.challenge, CHANNELS.pass, CHANNELS.refuse, CHANNELS.deny]) {
    subscribe(name, (message) =>
      stageTime.observe({ stage_type: text(message, 'kind'), method: text(message, 'method') }, seconds(message)))
  }
  app.get('/metrics', async (_request, reply) => await reply.type(registry.contentType).send(await registry.metrics()))
}

function member (message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined
}

function text (message: unknown, name: string): string {
  return String(member(message, name) ?? '')
}

function seconds (message: unknown): number {
  return Number(member(message, 'duration')) / 1000
}
