import { randomBytes, randomUUID } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import {
  define, defineFlow, group, MemoryReputationStore, MemoryUserStore, Planner, policy, Registry, stage, user,
  type FlowSpec, type PolicyEntry, type PolicyKind, type Services, type User
} from 'fastify-flow-planner'

const staff = group('staff')

const ALICE = user('alice', { name: 'Alice', email: 'alice@example.com', groups: [staff], attributes: { country: 'NO' } })

const closureOptions = Type.Object({ country: Type.String() }, { additionalProperties: false })

/** A policy in TypeScript that says of itself that it depends on the user only. */
const countryPolicy = {
  kind: 'country',
  model: 'benchmark.countrypolicy',
  component: 'ak-policy-country-form',
  verboseName: 'Country policy',
  verboseNamePlural: 'Country policies',
  options: closureOptions,
  prepare: ({ options: { country } }) => ({ pure: true, evaluate: ({ user }) => user !== null && user.isActive && user.attributes['country'] === country })
} satisfies PolicyKind<typeof closureOptions>

/** The same condition as an expression and as a closure. */
export const CEL = policy('expression', 'active-in-norway', { language: 'cel', expression: 'user.is_active && user.attributes.country == "NO"' })
export const CLOSURE = policy(countryPolicy, 'active-in-norway-too', { country: 'NO' })

/** One pure policy of each make: an expression, a membership, a closure. */
export const POLICIES: readonly PolicyEntry[] = [CEL, staff, CLOSURE]

/** A flow whose bindings ask all three policies while it is planned. */
export function guarded (slug: string, bindings: number, policies: readonly PolicyEntry[] = POLICIES): FlowSpec {
  return defineFlow({
    slug,
    name: slug,
    title: 'Benchmark',
    designation: 'authentication',
    stages: Array.from({ length: bindings }, (_, index) => ({
      stage: stage('dummy', `${slug}-${index + 1}`), evaluateOnPlan: true, policyEngineMode: 'all' as const, policies
    }))
  })
}

/** A planner over some flows, and the user for whom it plans. */
export interface Planning {
  readonly planner: Planner
  readonly services: Services
  readonly user: User
}

export function planning (...flows: readonly FlowSpec[]): Planning {
  const sources = { now: Date.now, newId: randomUUID, randomBytes: (length: number) => randomBytes(length) }
  const silent = () => {}
  const registry = new Registry(define(ALICE, ...flows), { policyKinds: [countryPolicy] })
  const { groups, users: seeds } = registry.current.definitions
  const users = new MemoryUserStore({ ...sources, groups, users: seeds })
  const services: Services = {
    ...sources,
    registry,
    users,
    reputation: new MemoryReputationStore(sources),
    log: { debug: silent, info: silent, warn: silent, error: silent }
  }
  const alice = users.find({ fields: ['username'], value: 'alice', caseInsensitive: false })
  if (alice === undefined) throw new Error('alice is defined')
  return { planner: new Planner({ services }), services, user: alice }
}
