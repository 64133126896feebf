import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { PlanContext } from '../context/plan-context.js'
import { SimulationError } from '../errors.js'
import { AnyObject, Nullable, StringEnum } from '../model/scalars.js'
import type { User } from '../model/user.js'
import type { RequestFacts } from '../request-facts.js'
import type { UserStore } from '../users/user-store.js'
import type { SimulationRequest } from './simulate.js'

const strict = { additionalProperties: false }

/** What policies are made to say, as it comes from outside. */
export const StatedVerdictsSchema = Type.Record(Type.String(), StringEnum(['pass', 'fail', 'error'] as const), {
  description: 'What policies are made to say, by name'
})

/** What a simulation is asked for with, as it comes from outside: over HTTP, or from a command line. */
export const SimulationInputSchema = Type.Object({
  user: Type.Optional(Nullable(Type.String({ minLength: 1 }), { description: 'Name of who is signed in; nobody without it' })),
  context: Type.Optional(AnyObject({
    description: 'What the plan begins with; pending_user, whom the flow is about, is given by name'
  })),
  request: Type.Optional(Type.Object({
    ip: Type.Optional(Type.String({ minLength: 1 })),
    method: Type.Optional(Type.String({ minLength: 1 })),
    path: Type.Optional(Type.String({ minLength: 1 })),
    origin: Type.Optional(Type.String({ minLength: 1 })),
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
    query: Type.Optional(Type.String({ maxLength: 8192, description: "The page's query string" }))
  }, { ...strict, description: 'What policies see of the HTTP request' })),
  verdicts: Type.Optional(StatedVerdictsSchema),
  answers: Type.Optional(Type.Array(AnyObject(), {
    maxItems: 100,
    description: 'What is answered, in order; {"stand_in": "right"} and {"stand_in": "wrong"} stand for passwords, codes and tokens'
  }))
}, { ...strict, title: 'FlowSimulationRequest' })

export type SimulationInput = Static<typeof SimulationInputSchema>

/**
 * Checks the input and looks up whom it names.
 *
 * @throws SimulationError that says where it is wrong, or who is not there.
 */
export async function readSimulation (
  users: UserStore, flow: string, input: unknown, http: RequestFacts
): Promise<SimulationRequest> {
  if (!Value.Check(SimulationInputSchema, input)) throw new SimulationError(faultIn(input))
  const { user = null, context = {}, request: { query = '', headers, ...facts } = {}, verdicts = {}, answers = [] } = input
  return {
    flow,
    user: user === null ? null : await named(users, 'user', user),
    context: await contextOf(users, context),
    http: { ...http, ...facts, ...headers === undefined ? {} : { headers: lowerCased(headers) } },
    query,
    verdicts,
    answers
  }
}

function faultIn (input: unknown): string {
  const fault = Value.Errors(SimulationInputSchema, input).First()
  const allowed: unknown = fault?.schema['enum']
  const choices = Array.isArray(allowed) ? ` (${allowed.join(', ')})` : ''
  return `${fault === undefined || fault.path === '' ? 'the body' : fault.path.slice(1).replaceAll('/', '.')}: ${fault?.message}${choices}`
}

/** Headers under the names that policies find them by: Node gives those of a request in lower case. */
function lowerCased (headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

async function contextOf (users: UserStore, { pending_user: name, ...context }: Record<string, unknown>): Promise<PlanContext> {
  if (name === undefined || name === null) return name === undefined ? context : { ...context, pending_user: null }
  if (typeof name !== 'string') throw new SimulationError('context.pending_user: expected the name of a user')
  return { ...context, pending_user: await named(users, 'context.pending_user', name) }
}

async function named (users: UserStore, where: string, username: string): Promise<User> {
  const user = await users.find({ fields: ['username'], value: username, caseInsensitive: false })
  if (user === undefined) throw new SimulationError(`${where}: there is no user '${username}'`)
  return user
}
