import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import {
  defineFlow, policy, type Definitions, type FlowPlannerOptions, type FlowSpec, type Inspection, type PlanContext,
  type PolicySpec, type User
} from '../../plugins/index.js'
import { buildApp, Client, type AppOptions } from '../app.js'

/** The picture of whoever has no name. */
export const NOBODY = '/static/dist/assets/images/user_default.png'

/** An ended walk that was not told where to go. */
export const COMPLETES = { component: 'xak-flow-redirect', to: '/' }

/** A body of the API, as far as a test looks into it. */
export type Body = Readonly<Record<string, unknown>>

/** A browser at a flow's API, which reads bodies as JSON and may begin flows with a context. */
export class Visitor extends Client {
  readonly #use: (context: PlanContext) => void

  constructor (app: FastifyInstance, use: (context: PlanContext) => void, cookie?: string) {
    super(app, cookie)
    this.#use = use
  }

  /** Somebody else at the same app. */
  another (): Visitor {
    return new Visitor(this.app, this.#use)
  }

  /** Begins a flow with a context, as an app's own route does it. */
  async begin (slug: string, context: PlanContext = {}): Promise<Body> {
    this.#use(context)
    return (await this.request('POST', `/begin/${slug}`)).json()
  }

  /** The current challenge. */
  async see (slug: string, query = ''): Promise<Body> {
    return (await this.get(slug, query)).json()
  }

  /** What an answer that names a component is answered with. */
  async answer (slug: string, component: string, fields: object = {}, query = ''): Promise<Body> {
    return (await this.post(slug, { component, ...fields }, query)).json()
  }

  /** Passes a dummy stage. */
  async pass (slug: string, query = ''): Promise<Body> {
    return await this.answer(slug, 'ak-stage-dummy', {}, query)
  }

  /** What the inspector says. */
  async inspected (slug: string): Promise<Inspection> {
    return (await this.inspect(slug)).json<Inspection>()
  }

  /** Signs in by the flow `sign-in` of identification and password. */
  async signIn (username: string, password: string): Promise<Body> {
    await this.see('sign-in')
    await this.answer('sign-in', 'ak-stage-identification', { uid_field: username })
    return await this.answer('sign-in', 'ak-stage-password', { password })
  }

  /** Who is signed in. */
  async who (): Promise<string | null> {
    return (await this.request('GET', '/who')).json().user
  }

  /** A user as the store has it. */
  async user (username: string): Promise<User | undefined> {
    return await this.app.flows.services.users.find({ fields: ['username'], value: username, caseInsensitive: false })
  }
}

/** A visitor of a new app with these definitions. */
export async function visit (
  t: Test, definitions: Definitions, planner: Partial<FlowPlannerOptions> = {}, more: Partial<AppOptions> = {}
): Promise<Visitor> {
  let context: PlanContext = {}
  const app = await buildApp(t, {
    ...more,
    definitions,
    planner,
    routes (app) {
      app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null }))
      app.post('/begin/:slug', async (request: FastifyRequest<{ Params: { slug: string } }>) =>
        (await app.flows.start(request, request.params.slug, context)).reply.body)
      more.routes?.(app)
    }
  })
  return new Visitor(app, (next) => { context = next })
}

type FlowFields = Parameters<typeof defineFlow>[0]

/** A flow named `flow`, of these stages. */
export function flowOf (stages: FlowFields['stages'], fields: Partial<FlowFields> = {}): FlowSpec {
  return defineFlow({
    slug: 'flow', name: 'flow', title: 'A flow', designation: 'stage_configuration', ...fields, ...stages === undefined ? {} : { stages }
  })
}

/** A policy that a function of this name answers for. */
export function functionPolicy (name: string): PolicySpec {
  return policy('expression', name, { expression: 'a function' })
}

/** A policy that answers at once. */
export function constant (name: string, result: boolean): PolicySpec {
  return policy('dummy', name, { result, waitMin: 0, waitMax: 0 })
}
