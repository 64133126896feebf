import type { PlanContext } from '../context/plan-context.js'
import { ExpressionError } from '../errors.js'
import type { Subject } from '../model/user.js'
import type { PlanAccess } from '../planner/plan-access.js'
import type { RequestFacts } from '../request-facts.js'
import { CelObject, toCel } from './cel-values.js'

/** What an expression may know; a policy's request and a prompt's both fit. */
export interface CelFacts {
  readonly user: Subject | null
  readonly context: PlanContext
  readonly http: RequestFacts | null
  readonly plan?: PlanAccess | null
}

/** The variables that an expression may name. */
export const CEL_VARIABLES = ['user', 'context', 'request', 'flow_plan'] as const
export type CelVariable = typeof CEL_VARIABLES[number]

/** The variable `user`. Where there is nobody, `pk` is null, texts and lists are empty, and both flags are false. */
export class CelUser extends CelObject {
  static readonly fields = {
    pk: 'dyn',
    uuid: 'string',
    username: 'string',
    name: 'string',
    email: 'string',
    is_active: 'bool',
    is_superuser: 'bool',
    groups: 'list<string>',
    attributes: 'map'
  }

  readonly #subject: Subject | null
  readonly #reveal: boolean

  constructor (subject: Subject | null, reveal: boolean) {
    super()
    this.#subject = subject
    this.#reveal = reveal
  }

  get pk () { return toCel(this.#subject?.pk ?? null, false) }
  get uuid () { return this.#subject?.uuid ?? '' }
  get username () { return this.#subject?.username ?? '' }
  get name () { return this.#subject?.name ?? '' }
  get email () { return this.#subject?.email ?? '' }
  get is_active () { return this.#subject?.isActive ?? false }
  get is_superuser () { return this.#subject?.isSuperuser ?? false }
  get groups () { return this.#subject?.groups.map((group) => group.name) ?? [] }
  get attributes () { return toCel(this.#subject?.attributes ?? {}, this.#reveal) }
}

/** The variable `request`: the HTTP request. */
export class CelRequest extends CelObject {
  static readonly fields = { ip: 'string', method: 'string', path: 'string', origin: 'string', headers: 'map' }

  readonly #http: RequestFacts

  constructor (http: RequestFacts) {
    super()
    this.#http = http
  }

  get ip () { return this.#http.ip }
  get method () { return this.#http.method }
  get path () { return this.#http.path }
  get origin () { return this.#http.origin }
  get headers () { return toCel(this.#http.headers, false) }
}

type Build = (facts: CelFacts, reveal: boolean) => unknown

const BUILDERS: Readonly<Record<CelVariable, Build>> = {
  user: (facts, reveal) => new CelUser(facts.user, reveal),
  context: (facts, reveal) => contextView(facts.context, reveal),
  // An empty request would make `request.ip != '…'` pass where nothing is known.
  request (facts) {
    if (facts.http === null) throw new ExpressionError('there is no HTTP request')
    return new CelRequest(facts.http)
  },
  flow_plan: (facts, reveal) => planView(facts.plan, reveal)
}

function contextView (context: PlanContext, reveal: boolean): unknown {
  const { pending_user: user, ...rest } = context
  return toCel(user ? { ...rest, pending_user: new CelUser(user, reveal) } : context, reveal)
}

/** Empty while there is no plan yet, so that `has(flow_plan.flow)` tells. */
function planView (plan: PlanAccess | null | undefined, reveal: boolean): unknown {
  if (plan === null || plan === undefined) return {}
  const { pk, slug, name, title, designation, authentication } = plan.flow
  return { flow: { pk, slug, name, title, designation, authentication }, context: contextView(plan.context, reveal) }
}

/** Gives the values of the variables that an expression names, and of no other. */
export function activate (variables: readonly CelVariable[], facts: CelFacts, reveal: boolean): Record<string, unknown> {
  return Object.fromEntries(variables.map((variable) => [variable, BUILDERS[variable](facts, reveal)]))
}
