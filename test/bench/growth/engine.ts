import Fastify from 'fastify'
import { define, defineFlow, FlowEngine, MemoryRunStore, stage, type Browser, type FlowRequest, type FlowSpec } from 'fastify-flow-planner'

/** A flow of so many dummy stages. */
export function dummies (slug: string, count: number): FlowSpec {
  return defineFlow({
    slug,
    name: slug,
    title: 'Growth',
    designation: 'authentication',
    stages: Array.from({ length: count }, (_, index) => stage('dummy', `${slug}-${index + 1}`))
  })
}

/** An engine with these flows and room for so many runs. */
export function engineOf (flows: readonly FlowSpec[], runs = 100): FlowEngine {
  const store = new MemoryRunStore({ now: Date.now, max: runs, maxBytes: Number.MAX_SAFE_INTEGER })
  return new FlowEngine({ definitions: define(...flows), runs: store }, Fastify().log)
}

/** A request to a flow by the browser of this name. `whenReplied` takes what is to be called when the reply has been sent. */
export function requestOf (
  slug: string, key: string, whenReplied: FlowRequest['whenReplied'] = (callback) => callback()
): FlowRequest {
  const browser: Browser = {
    key, user: null, remember: () => {}, signIn: async () => {}, renewSignIn: async () => {}, signOut: async () => {}
  }
  const http = { id: 'growth', ip: '127.0.0.1', method: 'GET', path: '/', origin: 'http://localhost', headers: {} }
  return { slug, browser, query: '', http, arrivedAt: performance.now(), fromElsewhere: false, whenReplied }
}

/** Starts a run and passes so many stages. */
export async function walk ({ executor }: FlowEngine, slug: string, key: string, passed: number): Promise<void> {
  await executor.get(requestOf(slug, key))
  for (let count = 0; count < passed; count += 1) {
    const replied: (() => void)[] = []
    await executor.answer(requestOf(slug, key, (callback) => { replied.push(callback) }), { component: 'ak-stage-dummy' })
    for (const callback of replied) callback()
  }
}
