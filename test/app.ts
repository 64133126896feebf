import Fastify, { type FastifyInstance, type FastifyServerOptions, type LightMyRequestResponse } from 'fastify'
import cookie from '@fastify/cookie'
import session, { type FastifySessionOptions } from '@fastify/session'
import type { Test } from 'tap'
import flowPlanner, {
  builtInPolicyKinds, builtInStageKinds, loadBlueprints, type Definitions, type FlowPlannerOptions
} from '../plugins/index.js'

/** What an app under test may state; everything else is as in the README. */
export interface AppOptions {
  readonly definitions: Definitions
  readonly planner?: Partial<FlowPlannerOptions>
  readonly session?: Partial<FastifySessionOptions>
  readonly server?: FastifyServerOptions
  /** Adds routes before the app is ready. */
  readonly routes?: (app: FastifyInstance) => void
}

/** Loads blueprints that are written in a test. */
export function load (text: string): Definitions {
  return loadBlueprints([{ path: 'test.yaml', text }], { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds }).definitions
}

/** Builds an app with the plugin, and closes it with the test. */
export async function buildApp (t: Test, options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify(options.server)
  t.teardown(() => app.close())
  await app.register(cookie)
  await app.register(session, {
    secret: 'a secret of at least thirty-two characters', cookie: { secure: false }, rolling: false, saveUninitialized: false, ...options.session
  })
  await app.register(flowPlanner, { definitions: options.definitions, canInspect: () => true, pages: false, ...options.planner })
  options.routes?.(app)
  await app.ready()
  return app
}

/** A browser without a window: it keeps the session cookie. */
export class Client {
  readonly app: FastifyInstance
  cookie: string | undefined

  constructor (app: FastifyInstance, cookie?: string) {
    this.app = app
    this.cookie = cookie
  }

  async request (method: 'GET' | 'HEAD' | 'POST', url: string, body?: object, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const response = await this.app.inject({
      method,
      url,
      headers: { ...headers, ...this.cookie === undefined ? {} : { cookie: `sessionId=${this.cookie}` } },
      ...body === undefined ? {} : { payload: body }
    })
    const set = response.cookies.find(({ name }) => name === 'sessionId')
    if (set !== undefined) this.cookie = set.value
    return response
  }

  /** Gets the current challenge of a flow. */
  async get (slug: string, query = ''): Promise<LightMyRequestResponse> {
    return await this.request('GET', `/api/v3/flows/executor/${slug}/?query=${encodeURIComponent(query)}`)
  }

  /** Answers the current challenge of a flow. */
  async post (slug: string, body: object, query = ''): Promise<LightMyRequestResponse> {
    return await this.request('POST', `/api/v3/flows/executor/${slug}/?query=${encodeURIComponent(query)}`, body)
  }

  /** Asks the inspector. */
  async inspect (slug: string): Promise<LightMyRequestResponse> {
    return await this.request('GET', `/api/v3/flows/inspector/${slug}/`)
  }
}
