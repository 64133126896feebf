import type { Static, TObject } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { PlanContext } from '../lib/context/plan-context.js'
import type { MaybePromise } from '../lib/maybe-promise.js'
import type { Flow } from '../lib/model/flow.js'
import type { Group } from '../lib/model/group.js'
import { derivedKey } from '../lib/model/keys.js'
import type { Policy } from '../lib/model/policy.js'
import type { Prompt } from '../lib/model/prompt.js'
import type { StageBinding } from '../lib/model/stage-binding.js'
import type { Stage } from '../lib/model/stage.js'
import type { Subject, User } from '../lib/model/user.js'
import type { InlineStage } from '../lib/planner/plan-access.js'
import type { PromptFunctions } from '../lib/policies/prompt-function.js'
import type { PolicyOutcome, Verdict } from '../lib/policies/verdict.js'
import type { DefinitionLookup } from '../lib/registry/definition-lookup.js'
import type { RequestFacts } from '../lib/request-facts.js'
import type { Services } from '../lib/services.js'
import type { SignIn, StageTurn } from '../lib/stages/stage-kind.js'
import { FakeUsers } from './fake-users.js'

/** The hour that it is in every turn that does not state its own: 2024-09-01T12:00:00Z. */
export const NOON = Date.UTC(2024, 8, 1, 12)

export interface LookupLists {
  readonly flows?: readonly Flow[]
  readonly stages?: readonly Stage[]
  readonly policies?: readonly Policy[]
  readonly prompts?: readonly Prompt[]
  readonly groups?: readonly Group[]
  /** By the prompt's primary key. */
  readonly promptFunctions?: Readonly<Record<string, PromptFunctions>>
}

/** Looks objects up in plain lists. */
export function makeLookup (lists: LookupLists = {}): DefinitionLookup {
  const by = <T extends { readonly pk: string }>(list: readonly T[] = []) => (pk: string) => list.find((one) => one.pk === pk)
  return {
    flow: by(lists.flows),
    flowBySlug: (slug) => lists.flows?.find((flow) => flow.slug === slug),
    flowsFor: (designation) => (lists.flows ?? []).filter((flow) => flow.designation === designation),
    stage: by(lists.stages),
    policy: by(lists.policies),
    prompt: by(lists.prompts),
    group: by(lists.groups),
    promptFunction: (pk, field) => lists.promptFunctions?.[pk]?.[field]
  }
}

/** A flow with everything filled in. */
export function makeFlow (stated: Partial<Flow> = {}): Flow {
  const slug = stated.slug ?? 'flow'
  return {
    pk: derivedKey('test.flow', slug),
    policybindingmodelPtrId: derivedKey('test.flow.target', slug),
    name: slug,
    slug,
    title: 'A flow',
    designation: 'authentication',
    layout: 'stacked',
    background: null,
    compatibilityMode: false,
    deniedAction: 'message_continue',
    authentication: 'none',
    policyEngineMode: 'any',
    ...stated
  }
}

/** A prompt with everything filled in; `fieldKey` names it. */
export function makePrompt (stated: Partial<Prompt> & Pick<Prompt, 'fieldKey'>): Prompt {
  return {
    pk: derivedKey('test.prompt', stated.fieldKey),
    name: stated.fieldKey,
    label: stated.fieldKey,
    type: 'text',
    required: true,
    placeholder: '',
    initialValue: '',
    subText: '',
    order: 0,
    placeholderExpression: false,
    initialValueExpression: false,
    ...stated
  }
}

/** A policy outcome without verdicts. */
export function outcome (result: PolicyOutcome['result'], ...messages: string[]): PolicyOutcome {
  const verdict: Verdict = {
    binding: '', name: 'a-policy', kind: 'expression', result, faulty: result === 'error', negated: false, messages, duration: 0, cached: false
  }
  return { result, messages, verdicts: [verdict], pure: false }
}

export interface TurnOverrides {
  /** The stage's options; what is left out has its default. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly stageName?: string
  readonly flow?: Flow
  readonly binding?: Partial<StageBinding>
  readonly definitions?: LookupLists
  readonly context?: PlanContext
  readonly scratch?: Record<string, unknown>
  /** Who is signed in. */
  readonly sessionUser?: User
  readonly query?: string
  readonly http?: Partial<RequestFacts>
  readonly users?: FakeUsers
  readonly services?: Partial<Services>
  readonly now?: () => number
  readonly askPolicies?: (policies: readonly string[], context: PlanContext) => MaybePromise<PolicyOutcome>
}

/** What a turn did to the world around it. */
export interface Recorded {
  readonly signIns: Array<{ readonly user: User, readonly signIn: SignIn }>
  signOuts: number
  /** Stages put next. */
  readonly inserted: Array<string | InlineStage>
  /** Redirects put next. */
  readonly redirects: string[]
  readonly reputation: Array<{ readonly identifier: string, readonly ip: string, readonly change: number }>
  readonly asked: Array<{ readonly policies: readonly string[], readonly context: PlanContext }>
  readonly logged: Array<{ readonly level: string, readonly details: object, readonly message: string }>
}

export interface TestTurn<Options> extends StageTurn<Options> {
  readonly recorded: Recorded
  readonly users: FakeUsers
}

/**
 * A turn of a stage, made by hand: the services are fakes in memory, ids count up, and what the stage does to session,
 * plan and reputation is recorded.
 */
export function makeTurn<Options extends TObject> (
  kind: { readonly kind: string, readonly options: Options }, overrides: TurnOverrides = {}
): TestTurn<Static<Options>> {
  const recorded: Recorded = { signIns: [], signOuts: 0, inserted: [], redirects: [], reputation: [], asked: [], logged: [] }
  const users = overrides.users ?? new FakeUsers()
  const flow = overrides.flow ?? makeFlow()
  const context = overrides.context ?? {}
  const stage = {
    pk: derivedKey('test.stage', kind.kind),
    name: overrides.stageName ?? 'the-stage',
    kind: kind.kind,
    options: makeOptions(kind.options, overrides.options)
  }
  const askPolicies = overrides.askPolicies ?? (() => outcome('pass'))
  return {
    recorded,
    users,
    stage,
    binding: makeBinding(flow, stage.pk, overrides.binding),
    flow,
    definitions: makeLookup(overrides.definitions),
    context,
    scratch: overrides.scratch ?? {},
    plan: {
      flow,
      context,
      insertStage: (inserted) => { recorded.inserted.push(inserted) },
      redirect: (to) => { recorded.redirects.push(to) }
    },
    get subject (): Subject | null { return context.pending_user ?? overrides.sessionUser ?? null },
    sessionUser: overrides.sessionUser ?? null,
    browser: {
      signIn: async (user, signIn) => { recorded.signIns.push({ user, signIn }) },
      renewSignIn: async () => {},
      signOut: async () => { recorded.signOuts++ }
    },
    query: new URLSearchParams(overrides.query ?? ''),
    http: {
      id: 'req-1',
      ip: '192.0.2.1',
      method: 'POST',
      path: `/flows/executor/${flow.slug}/`,
      origin: 'https://login.example',
      headers: {},
      ...overrides.http
    },
    services: makeServices(users, recorded, overrides),
    effectKey: (effect) => derivedKey('test.effect', effect),
    perform: async (effect, task) => { await task(derivedKey('test.effect', effect.name)) },
    askPolicies: (policies, asked) => {
      recorded.asked.push({ policies, context: asked })
      return askPolicies(policies, asked)
    }
  }
}

function makeOptions<Options extends TObject> (schema: Options, stated: TurnOverrides['options'] = {}): Static<Options> {
  const options = Value.Default(schema, structuredClone(stated))
  if (Value.Check(schema, options)) return options
  throw new TypeError(`options: ${Value.Errors(schema, options).First()?.path} ${Value.Errors(schema, options).First()?.message}`)
}

function makeBinding (flow: Flow, stage: string, stated: Partial<StageBinding> = {}): StageBinding {
  return {
    pk: derivedKey('test.binding', flow.slug, stage),
    policybindingmodelPtrId: derivedKey('test.binding.target', flow.slug, stage),
    target: flow.pk,
    stage,
    evaluateOnPlan: false,
    reEvaluatePolicies: true,
    order: 0,
    policyEngineMode: 'any',
    invalidResponseAction: 'retry',
    ...stated
  }
}

function makeServices (users: FakeUsers, recorded: Recorded, overrides: TurnOverrides): Services {
  let ids = 0
  let bytes = 0
  const log = (level: string) => (details: object, message: string) => { recorded.logged.push({ level, details, message }) }
  const services = {
    get registry (): never { throw new Error('this turn has no registry') },
    users,
    reputation: {
      adjust: (identifier: string, ip: string, change: number) => { recorded.reputation.push({ identifier, ip, change }) },
      score: () => 0
    },
    now: overrides.now ?? (() => NOON),
    randomBytes: (length: number) => Uint8Array.from({ length }, () => bytes++ % 256),
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  }
  return Object.defineProperties(services, Object.getOwnPropertyDescriptors(overrides.services ?? {}))
}
