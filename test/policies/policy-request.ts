import type { Static, TObject } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { PlanContext } from '../../lib/context/plan-context.js'
import type { Subject } from '../../lib/model/user.js'
import type { PolicyFunction, PolicyKind, PolicyRequest, PreparedPolicy } from '../../lib/policies/policy-kind.js'
import type { Services } from '../../lib/services.js'
import { dummyStage } from '../../lib/stages/dummy.js'
import type { FakeUsers } from '../fake-users.js'
import { makeTurn } from '../turn.js'

export interface RequestOverrides {
  readonly user?: Subject | null
  readonly context?: PlanContext
  readonly http?: null
  readonly plan?: null
  readonly signal?: AbortSignal
  readonly users?: FakeUsers
  readonly services?: Partial<Services>
}

/** What a policy is asked with, in a plan whose context is the request's, and with an HTTP request from 192.0.2.1. */
export function makeRequest (overrides: RequestOverrides = {}): PolicyRequest {
  const { context = {}, users, services = {} } = overrides
  const turn = makeTurn(dummyStage, { context, services, ...(users === undefined ? {} : { users }) })
  return {
    user: overrides.user ?? null,
    context,
    http: overrides.http === null ? null : turn.http,
    plan: overrides.plan === null ? null : turn.plan,
    flow: turn.flow,
    signal: overrides.signal ?? new AbortController().signal,
    services: turn.services
  }
}

/** Prepares a policy named `the-policy`; options that are left out have their defaults. */
export function preparePolicy<Options extends TObject> (
  kind: PolicyKind<Options>, stated: Readonly<Record<string, unknown>>, functions: Readonly<Record<string, PolicyFunction>> = {}
): PreparedPolicy {
  return kind.prepare({ name: 'the-policy', options: fill(kind.options, stated) }, { functions: new Map(Object.entries(functions)) })
}

function fill<Options extends TObject> (schema: Options, stated: Readonly<Record<string, unknown>>): Static<Options> {
  const options = Value.Default(schema, structuredClone(stated))
  if (Value.Check(schema, options)) return options
  throw new TypeError(`options: ${Value.Errors(schema, options).First()?.path}`)
}
