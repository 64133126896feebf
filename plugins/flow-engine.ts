import { randomBytes } from 'node:crypto'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { AttemptBudgets } from '../lib/attempts/attempt-budgets.js'
import { MemoryAttemptStore } from '../lib/attempts/memory-attempt-store.js'
import type { PlanContext } from '../lib/context/plan-context.js'
import { Sealer } from '../lib/context/seal.js'
import type { Explanation } from '../lib/explain/explanation-schema.js'
import { OptionsError } from '../lib/errors.js'
import { Executor } from '../lib/executor/executor.js'
import { RecordingExecutor } from '../lib/executor/recording-executor.js'
import type { ExecutorTools } from '../lib/executor/executor-tools.js'
import type { FlowReply, FlowRequest } from '../lib/executor/flow-request.js'
import { flowPage, MAX_PAGE_QUERY } from '../lib/flow-page.js'
import { Inspector } from '../lib/inspector/inspector.js'
import type { Definitions } from '../lib/model/definitions.js'
import type { User } from '../lib/model/user.js'
import { Planner } from '../lib/planner/planner.js'
import type { OutpostCheck } from '../lib/planner/requirement.js'
import { randomId } from '../lib/random-id.js'
import { exportRun, settingsOf } from '../lib/record/export-run.js'
import { Recorder } from '../lib/record/recorder.js'
import type { RunRecording } from '../lib/record/run-recording.js'
import { checkRedirect } from '../lib/redirect/own-path.js'
import { Registry } from '../lib/registry/registry.js'
import { MemoryRunStore } from '../lib/runs/memory-run-store.js'
import type { Services } from '../lib/services.js'
import { MemorySignInStore } from '../lib/sign-in/memory-sign-in-store.js'
import type { SignInStore } from '../lib/sign-in/sign-in-store.js'
import { simulate, type Simulation, type SimulationRequest } from '../lib/simulate/simulate.js'
import { MemoryReputationStore } from '../lib/users/memory-reputation-store.js'
import { MemoryUserStore } from '../lib/users/memory-user-store.js'
import { sealedDevices } from '../lib/users/sealed-devices.js'
import type { FlowPlannerOptions } from './options.js'
import { whenReplied } from './replied.js'
import { factsOf, isFromElsewhere } from './request-facts.js'
import { SessionBrowser, type SessionBrowserTools } from './session-browser.js'
import { sessionData } from './session-data.js'

/** What was started from the app's own route. */
export interface StartedFlow {
  /** The page of the flow, to send the browser to. */
  readonly url: string
  readonly reply: FlowReply
}

/** A request to a flow, with the browser that its session is. */
export interface SessionFlowRequest extends FlowRequest {
  readonly browser: SessionBrowser
}

/** The engine behind one registration of the plugin, as `app.flows` offers it. */
export class FlowEngine {
  readonly registry: Registry
  readonly services: Services
  readonly planner: Planner
  readonly executor: Executor
  readonly inspector: Inspector
  readonly apiPrefix: string
  readonly #tools: ExecutorTools
  readonly #signIns: SignInStore
  readonly #signInFlow: string | undefined
  readonly #browserTools: SessionBrowserTools

  /**
   * @param onKeyLeft is told the key that a session had, once its browser has been sent another one.
   * @throws DefinitionError where the definitions are wrong.
   * @throws OptionsError where no flow has the slug of the one that is to sign people in.
   */
  constructor (options: FlowPlannerOptions, log: FastifyBaseLogger, onKeyLeft: (key: string) => void = () => {}) {
    const sources = {
      now: options.now ?? Date.now,
      newId: options.newId ?? randomId,
      randomBytes: options.randomBytes ?? ((length: number) => randomBytes(length))
    }
    this.apiPrefix = options.apiPrefix ?? '/api/v3'
    this.registry = new Registry(options.definitions, options)
    requireFlow(this.registry, options.signInFlow)
    const { groups, users, places } = this.registry.current.definitions
    const store = options.users ?? new MemoryUserStore({ ...sources, groups, users, places })
    const sealer = new Sealer(options.sealKeys ?? [sources.randomBytes(32)], sources.randomBytes)
    const recorder = options.recordRuns === true ? new Recorder() : undefined
    const services = {
      ...sources,
      registry: this.registry,
      users: options.sealKeys === undefined ? store : sealedDevices(store, sealer),
      reputation: options.reputation ?? new MemoryReputationStore(sources),
      log
    }
    this.services = recorder?.services(services) ?? services
    this.#signIns = options.signIns ?? new MemorySignInStore(sources)
    this.#signInFlow = options.signInFlow
    const isOutpost: OutpostCheck = (http) => http !== null && options.isOutpost?.(http.headers) === true
    this.planner = new Planner({
      services: this.services,
      ...options.planCacheSize === undefined ? {} : { cacheSize: options.planCacheSize },
      ...recorder === undefined ? {} : { onOutcome: recorder.onOutcome },
      isOutpost: recorder?.outposts(isOutpost) ?? isOutpost
    })
    this.inspector = new Inspector(this.apiPrefix, this.registry.kinds.stageKinds)
    const runs = options.runs ?? new MemoryRunStore(sources)
    this.#tools = {
      services: this.services,
      planner: this.planner,
      inspector: this.inspector,
      attempts: new AttemptBudgets(options.attempts ?? new MemoryAttemptStore(sources), options.attemptLimits ?? {}, log),
      runs: recorder?.runs(runs) ?? runs,
      sealer,
      maxAge: (options.runMaxAge ?? 1800) * 1000,
      maxRestarts: options.maxRestarts ?? 10,
      defaultRedirect: options.defaultRedirect ?? '/',
      cancelUrl: '/flows/-/cancel/',
      requireStepToken: options.requireStepToken ?? false
    }
    this.#browserTools = {
      signIns: this.#signIns,
      now: this.services.now,
      newId: this.services.newId,
      discard: async (key, flows) => await this.executor.discard(key, flows),
      onKeyLeft
    }
    this.executor = recorder === undefined ? new Executor(this.#tools) : new RecordingExecutor({ ...this.#tools, recorder })
  }

  /** Gets ready what takes time: the passwords of defined users are hashed. */
  async ready (): Promise<void> {
    await this.services.users.ready?.()
  }

  /** The URL of a flow's page. */
  pageOf (slug: string): string {
    return flowPage(slug)
  }

  /**
   * The URL of the page that signs people in, and then sends them to `next`; undefined where no flow does. A `next` that the flow
   * would refuse at its end is left out: whoever has signed in is sent to the default.
   */
  signInPage (next: string): string | undefined {
    const slug = this.#signInFlow ?? this.registry.current.flowsFor('authentication')[0]?.slug
    if (slug === undefined) return undefined
    const query = new URLSearchParams({ next })
    return flowPage(slug, checkRedirect(next) !== undefined && query.toString().length <= MAX_PAGE_QUERY ? query : undefined)
  }

  /**
   * Starts a flow from the app's own route, with a context, in place of one that is under way. Send the browser to the
   * URL that it gives.
   *
   * @throws FlowNotFoundError
   */
  async start (request: FastifyRequest, slug: string, context: PlanContext = {}): Promise<StartedFlow> {
    const reply = await this.executor.start(this.requestOf(request, slug, performance.now()), context)
    return { url: this.pageOf(slug), reply }
  }

  /**
   * Explains the request's run of a flow; undefined where there is none. `explanationText` makes ten lines for a log of it.
   *
   * @throws FlowNotFoundError
   */
  async explain (request: FastifyRequest, slug: string): Promise<Explanation | undefined> {
    return await this.executor.explain(slug, this.browserOf(request, slug).key)
  }

  /**
   * The request's run of a flow as a recording that `replay` walks again; undefined where there is none, or where it was not
   * recorded from its beginning (option `recordRuns`).
   *
   * @throws FlowNotFoundError
   */
  async exportRun (request: FastifyRequest, slug: string): Promise<RunRecording | undefined> {
    const found = await this.executor.find(slug, this.browserOf(request, slug).key)
    if (found.kind !== 'live' && found.kind !== 'ended') return undefined
    const flow = this.registry.flowOf(found.run.state)
    return flow === undefined ? undefined : exportRun(flow, found.run.state, this.registry, { options: settingsOf(this.#tools) })
  }

  /**
   * Plans a flow and walks it dry: what would happen if … Nothing is changed by it.
   *
   * @throws FlowNotFoundError
   * @throws SimulationError
   */
  async simulate (request: SimulationRequest): Promise<Simulation> {
    return await simulate(this.#tools, request)
  }

  /**
   * Puts new definitions in force, all or none; runs that are under way go on with what they began with.
   *
   * @throws DefinitionError where they are wrong; the old ones stay in force.
   */
  replaceDefinitions (definitions: Definitions): void {
    this.registry.replace(definitions)
    this.services.users.replaceGroups?.(this.registry.current.definitions.groups)
  }

  /**
   * Knows definitions that will be put in force, so that runs that another process has begun with them can go on here: with
   * several processes, every one learns a change before the first puts it in force.
   *
   * @throws DefinitionError where they are wrong.
   */
  learnDefinitions (definitions: Definitions): void {
    this.registry.learn(definitions)
  }

  /**
   * Keeps the request's sign-in good after the app's own route has changed the password of whoever is signed in, which ends every
   * sign-in of theirs. To be called with the user that `setPassword` has given.
   */
  async renewSignIn (request: FastifyRequest, user: User): Promise<void> {
    await this.browserOf(request).renewSignIn(user)
  }

  /** A request to a flow, as the executor takes it. */
  requestOf (request: FastifyRequest, slug: string, arrivedAt: number, query?: string): SessionFlowRequest {
    return {
      slug,
      browser: this.browserOf(request, slug),
      query,
      http: factsOf(request),
      arrivedAt,
      fromElsewhere: isFromElsewhere(request),
      whenReplied: (callback) => whenReplied(request, callback)
    }
  }

  /** The browser behind a request. */
  browserOf (request: FastifyRequest, slug?: string): SessionBrowser {
    const flow = slug === undefined ? undefined : this.registry.flow(slug)?.flow.pk
    return new SessionBrowser(request, request.flowUser, flow, this.#browserTools)
  }

  /**
   * Who is signed in: the session names a sign-in, the sign-in is still there, and the user is active and has the password of
   * then.
   */
  async userOf (request: FastifyRequest): Promise<User | null> {
    const named = sessionData(request).user
    if (named === undefined) return null
    const record = await this.#signIns.load(named.signIn)
    if (record === undefined || record.user !== named.pk) return null
    const user = await this.services.users.get(record.user)
    return user?.isActive === true && user.passwordChangeDate === record.passwordChangeDate ? user : null
  }
}

function requireFlow (registry: Registry, signInFlow: string | undefined): void {
  if (signInFlow === undefined || registry.flow(signInFlow) !== undefined) return
  throw new OptionsError(`option 'signInFlow': no flow has the slug '${signInFlow}'`)
}
