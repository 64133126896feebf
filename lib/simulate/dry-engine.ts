import { AttemptBudgets } from '../attempts/attempt-budgets.js'
import { MemoryAttemptStore } from '../attempts/memory-attempt-store.js'
import { Sealer } from '../context/seal.js'
import { Executor } from '../executor/executor.js'
import { RecordingExecutor } from '../executor/recording-executor.js'
import type { ExecutorTools } from '../executor/executor-tools.js'
import type { FlowReply, FlowRequest } from '../executor/flow-request.js'
import { explainRun } from '../explain/explain-run.js'
import type { Explanation } from '../explain/explanation-schema.js'
import { Inspector } from '../inspector/inspector.js'
import type { User } from '../model/user.js'
import type { CompiledBinding } from '../registry/compiled-flow.js'
import type { Recorder } from '../record/recorder.js'
import type { RequestFacts } from '../request-facts.js'
import { MemoryRunStore } from '../runs/memory-run-store.js'
import { withEvent } from '../runs/run-event.js'
import type { RunState } from '../runs/run-state.js'
import { runId } from '../runs/run-id.js'
import type { Log, Services } from '../services.js'
import { builtInStageKinds } from '../stages/index.js'
import { GroupTree } from '../users/group-tree.js'
import type { PlanContext } from '../context/plan-context.js'
import { DryBrowser } from './dry-browser.js'
import { DryReputation } from './dry-reputation.js'
import { DryUsers, type DryUsersOptions, type UserReads } from './dry-users.js'
import { EffectLog, type Effect } from './effect-log.js'
import { OverridingPlanner, type PolicyOverride } from './overriding-planner.js'

/** What a dry engine is made from. */
export interface DryEngineOptions {
  /** The engine that it stands beside. Its stores are read and never written. */
  readonly tools: ExecutorTools
  readonly flow: string
  /** Who is signed in. */
  readonly user: User | null
  readonly http: RequestFacts
  /** The page's query. */
  readonly query: string
  readonly override: PolicyOverride
  /** Where users are read. Defaults to the engine's. */
  readonly users?: UserReads
  readonly newPk?: DryUsersOptions['newPk']
  readonly takesCode?: DryUsersOptions['takesCode']
  readonly isRefused?: DryUsersOptions['isRefused']
  /** Whether the scores that are read hold the walk's own changes already, as recorded ones do. Defaults to no. */
  readonly scoresHoldChanges?: boolean
  /** Records the walk. */
  readonly recorder?: Recorder | undefined
  readonly checksPasswords?: boolean
}

const KINDS_THAT_STATE_EFFECTS: ReadonlySet<object> = new Set(builtInStageKinds)

/** An executor, and all that it writes to, of which nothing outlives it: what a walk would have changed is listed. */
export class DryEngine {
  readonly services: Services
  readonly #flow: string
  #from: Pick<FlowRequest, 'http' | 'query'>
  readonly #log = new EffectLog()
  readonly #runs: MemoryRunStore
  readonly #executor: Executor
  readonly #browser: DryBrowser
  readonly #replied: (() => void)[] = []
  /** The run as it was when a stage failed at its beginning: nobody can go on with it, so it is not stored. */
  #failed: RunState | undefined

  constructor (options: DryEngineOptions) {
    const { tools, override, recorder, http, query } = options
    this.#flow = options.flow
    this.#from = { http, query }
    const dry = dryServices(options, this.#log)
    this.services = recorder?.services(dry) ?? dry
    this.#runs = new MemoryRunStore({ now: this.services.now, max: 10 })
    this.#browser = new DryBrowser(options.user, this.#log)
    const { registry, randomBytes } = this.services
    const { clock, isOutpost } = tools.planner
    const listener = recorder === undefined ? {} : { onOutcome: recorder.onOutcome }
    const planning = { services: this.services, clock, isOutpost: recorder?.outposts(isOutpost) ?? isOutpost, ...listener }
    const { recorder: _other, ...rest } = tools
    const dryTools: ExecutorTools = {
      ...rest,
      services: this.services,
      planner: new OverridingPlanner(planning, override),
      inspector: new Inspector('', registry.kinds.stageKinds),
      runs: recorder?.runs(this.#runs) ?? this.#runs,
      attempts: uncounted(this.services),
      sealer: new Sealer([randomBytes(32)], randomBytes),
      dry: ({ name, details }) => this.#log.note(name, details),
      refusesToEnter,
      onFailed: (walk, failed) => { this.#failed = { ...walk.toState(), events: withEvent(walk.events, failed) } }
    }
    this.#executor = recorder === undefined ? new Executor(dryTools) : new RecordingExecutor({ ...dryTools, recorder })
  }

  /** Says where the next requests come from, and who is signed in there. */
  turnTo (from: Pick<FlowRequest, 'http' | 'query'>, user: User | null): void {
    this.#from = from
    this.#browser.user = user
  }

  get effects (): readonly Effect[] {
    return this.#log.effects
  }

  async start (context: PlanContext): Promise<FlowReply['body']> {
    return await this.#sent(await this.#executor.start(this.#request(), context))
  }

  async answer (body: object): Promise<FlowReply['body']> {
    return await this.#sent(await this.#executor.answer(this.#request(), body))
  }

  /** @throws Error where the walk was not started. */
  explain (): Explanation {
    const { registry } = this.services
    const { state } = this
    const flow = state === undefined ? undefined : registry.flowOf(state)
    if (state === undefined || flow === undefined) throw new Error('There is nothing to explain before the walk is started')
    return explainRun(flow, state, registry.kinds.stageKinds)
  }

  /** The run as it is stored, or as it was when it failed before it could be. */
  get state (): RunState | undefined {
    const flow = this.services.registry.flow(this.#flow)
    const stored = flow === undefined ? undefined : this.#runs.load(runId(this.#runs, this.#browser.key, flow.flow.pk))
    return stored?.state ?? this.#failed
  }

  async #sent ({ body }: FlowReply): Promise<FlowReply['body']> {
    for (const tell of this.#replied.splice(0)) tell()
    return body
  }

  /** Nobody else sends answers here, so none is late. */
  #request (): FlowRequest {
    const whenReplied = (callback: () => void) => { this.#replied.push(callback) }
    const { http, query } = this.#from
    // The path is one that was asked for, and no secret of anybody.
    const from = { http: { ...http, route: http.path }, query }
    return { ...from, slug: this.#flow, browser: this.#browser, arrivedAt: Infinity, fromElsewhere: false, whenReplied }
  }
}

function dryServices (options: DryEngineOptions, log: EffectLog): Services {
  const { tools: { services }, users, newPk, takesCode, isRefused, scoresHoldChanges = false, checksPasswords = false } = options
  const tree = new GroupTree(services.registry.current.definitions.groups)
  return {
    ...services,
    users: new DryUsers({
      base: users ?? services.users,
      log,
      now: services.now,
      groups: (pks) => tree.withAncestors(pks),
      checksPasswords,
      newPk,
      takesCode,
      isRefused
    }),
    reputation: new DryReputation({ base: services.reputation, log, baseHoldsChanges: scoresHoldChanges }),
    log: markedLog(services.log)
  }
}

/** Attempts that nobody counts: there is nothing to be guessed at in a dry walk. */
export function uncounted ({ now, log }: Pick<Services, 'now' | 'log'>): AttemptBudgets {
  return new AttemptBudgets(new MemoryAttemptStore({ now, max: 1 }), false, log)
}

/** What a dry walk logs must not be taken for what has happened. */
function markedLog (log: Log): Log {
  const marked = (level: keyof Log) => (details: object, message: string) => log[level]({ ...details, simulated: true }, message)
  return { debug: marked('debug'), info: marked('info'), warn: marked('warn'), error: marked('error') }
}

/** A host's kind is entered only where it says that it has no effect but those that can be held back. */
function refusesToEnter ({ kind, stage }: CompiledBinding): string | undefined {
  if (kind.statesEffects === true || KINDS_THAT_STATE_EFFECTS.has(kind)) return undefined
  return `The stage '${stage.name}' is not walked dry: its kind '${kind.kind}' does not say that it states its effects.`
}
