import { AttemptBudgets } from '../lib/attempts/attempt-budgets.js'
import { MemoryAttemptStore } from '../lib/attempts/memory-attempt-store.js'
import { Sealer } from '../lib/context/seal.js'
import { Executor } from '../lib/executor/executor.js'
import { Inspector } from '../lib/inspector/inspector.js'
import type { Definitions } from '../lib/model/definitions.js'
import type { Flow } from '../lib/model/flow.js'
import type { Group } from '../lib/model/group.js'
import { derivedKey } from '../lib/model/keys.js'
import type { PolicyBinding } from '../lib/model/policy-binding.js'
import type { PolicyEngineMode } from '../lib/model/scalars.js'
import { Planner, type PlannerOptions } from '../lib/planner/planner.js'
import { Registry, type RegistryOptions } from '../lib/registry/registry.js'
import type { RequestFacts } from '../lib/request-facts.js'
import { MemoryRunStore } from '../lib/runs/memory-run-store.js'
import type { Services } from '../lib/services.js'
import { FakeUsers } from './fake-users.js'
import { makeFlow, NOON } from './turn.js'

/** A policy binding: of a policy by name, or of a group or user. What is left out has its default. */
export type PolicyInput = Partial<Omit<PolicyBinding, 'pk' | 'target'>>

/** A stage binding, with its stage by name. */
export interface BindingInput {
  readonly stage: string
  /** Defaults to `dummy`. */
  readonly kind?: string
  readonly options?: Readonly<Record<string, unknown>>
  /** Defaults to the place in the list. */
  readonly order?: number
  readonly evaluateOnPlan?: boolean
  readonly reEvaluatePolicies?: boolean
  readonly mode?: PolicyEngineMode
  readonly policies?: readonly PolicyInput[]
}

/** The kind and options of a policy. */
export interface PolicyMade {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
  readonly executionLogging?: boolean
}

/** One flow with what it is made of. */
export interface FlowInput {
  readonly flow?: Partial<Flow>
  readonly policies?: readonly PolicyInput[]
  readonly bindings?: readonly BindingInput[]
  /** Policies by name; one that is bound and not listed is a function of this name. */
  readonly made?: Readonly<Record<string, PolicyMade>>
  readonly groups?: readonly Group[]
}

/** The primary key of a stage, policy or stage binding made by {@link makeDefinitions}. */
export const keyOf = (what: 'stage' | 'policy' | 'binding', name: string) => derivedKey(`test.${what}`, name)

/** A dummy policy that answers at once. */
export const dummyPolicy = (result: boolean): PolicyMade => ({ kind: 'dummy', options: { result, waitMin: 0, waitMax: 0 } })

/** A policy in CEL. */
export const celPolicy = (expression: string): PolicyMade => ({ kind: 'expression', options: { expression, language: 'cel' } })

/** The definitions of one flow, `flow`. */
export function makeDefinitions (input: FlowInput): Definitions {
  const flow = makeFlow(input.flow)
  const bindings = input.bindings ?? []
  const policyBindings = [
    ...policyBindingsOf(flow.pk, input.policies),
    ...bindings.flatMap(({ stage, policies }) => policyBindingsOf(keyOf('binding', stage), policies))
  ]
  const names = new Set([
    ...Object.keys(input.made ?? {}),
    ...[input, ...bindings].flatMap(({ policies = [] }) => policies.map(({ policy }) => policy))
  ])
  return {
    flows: [flow],
    stages: bindings.map(({ stage, kind = 'dummy', options = {} }) => ({ pk: keyOf('stage', stage), name: stage, kind, options })),
    bindings: bindings.map((binding, index) => ({
      pk: keyOf('binding', binding.stage),
      policybindingmodelPtrId: derivedKey('test.binding.target', binding.stage),
      target: flow.pk,
      stage: keyOf('stage', binding.stage),
      evaluateOnPlan: binding.evaluateOnPlan ?? false,
      reEvaluatePolicies: binding.reEvaluatePolicies ?? true,
      order: binding.order ?? index,
      policyEngineMode: binding.mode ?? 'any',
      invalidResponseAction: 'retry'
    })),
    policies: [...names].filter((name) => typeof name === 'string').map((name) => ({
      pk: keyOf('policy', name),
      name,
      executionLogging: false,
      ...input.made?.[name] ?? { kind: 'expression', options: { expression: 'a function' } }
    })),
    policyBindings,
    prompts: [],
    groups: input.groups ?? [],
    users: []
  }
}

function policyBindingsOf (target: string, policies: readonly PolicyInput[] = []): PolicyBinding[] {
  return policies.map((input, index) => ({
    pk: derivedKey('test.policyBinding', target, index),
    target,
    group: null,
    user: null,
    enabled: true,
    negate: false,
    timeout: 30,
    order: index,
    ...input,
    policy: typeof input.policy === 'string' ? keyOf('policy', input.policy) : null
  }))
}

/** An HTTP request to a flow, from 192.0.2.1. */
export const HTTP: RequestFacts = {
  id: 'req-1', ip: '192.0.2.1', method: 'GET', path: '/', origin: 'https://login.example', headers: {}
}

/** What was logged. */
export interface Logged {
  readonly level: string
  readonly details: object
  readonly message: string
}

export interface EngineOptions extends RegistryOptions {
  readonly planner?: Partial<PlannerOptions>
  readonly users?: FakeUsers
}

/** Registry, planner and executor put together as the plugin does it, with a clock that ticks once a reading. */
export function makeEngine (definitions: Definitions, options: EngineOptions = {}) {
  let ticks = 0
  let ids = 0
  const logged: Logged[] = []
  const log = (level: string) => (details: object, message: string) => { logged.push({ level, details, message }) }
  const registry = new Registry(definitions, options)
  const services: Services = {
    registry,
    users: options.users ?? new FakeUsers(),
    reputation: { adjust: () => {}, score: () => 0 },
    now: () => NOON,
    randomBytes,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  }
  const clock = () => ++ticks
  const planner = new Planner({ services, clock, ...options.planner })
  const runs = new MemoryRunStore({ now: services.now, max: 10 })
  const executor = new Executor({
    services,
    planner,
    inspector: new Inspector('/api/v3', registry.kinds.stageKinds),
    runs,
    attempts: new AttemptBudgets(new MemoryAttemptStore({ max: 10, now: services.now }), {}, services.log),
    sealer: SEALER,
    maxAge: 1_800_000,
    maxRestarts: 10,
    defaultRedirect: '/',
    cancelUrl: '/flows/-/cancel/',
    requireStepToken: false
  })
  return { registry, services, planner, executor, clock, runs, logged }
}

function randomBytes (length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index)
}

const SEALER = new Sealer([randomBytes(32)], randomBytes)

/** What a walk has shown: the names of the dummy stages, and how it ended. */
export interface Walked {
  readonly stages: readonly string[]
  readonly end: Readonly<Record<string, unknown>>
}

/** Walks through a flow of dummy stages. `progress` is told how many have passed before each answer. */
export async function walk (
  { executor, clock }: ReturnType<typeof makeEngine>, key: string, query = '', progress: (passed: number) => void = () => {}
): Promise<Walked> {
  const browser = {
    key, user: null, remember: () => {}, signIn: async () => {}, renewSignIn: async () => {}, signOut: async () => {}
  }
  const replied: (() => void)[] = []
  const request = () => ({
    slug: 'flow', browser, query, http: HTTP, arrivedAt: clock(), fromElsewhere: false, whenReplied: (callback: () => void) => { replied.push(callback) }
  })
  const stages: string[] = []
  progress(0)
  let { body } = await executor.get(request())
  for (const tell of replied.splice(0)) tell()
  while (body['component'] === 'ak-stage-dummy') {
    stages.push(String(body['name']))
    progress(stages.length)
    const reply = await executor.answer(request(), { component: 'ak-stage-dummy' })
    for (const tell of replied.splice(0)) tell()
    body = reply.body
  }
  return { stages, end: body }
}
