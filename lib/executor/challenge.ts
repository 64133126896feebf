import type { TObject } from '@sinclair/typebox'
import { backgroundUrl } from '../inspector/flow-urls.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import type { Flow } from '../model/flow.js'
import { subjectOf } from '../planner/planner.js'
import type { Ending } from '../runs/run-state.js'
import type { StageKind, StageTurn } from '../stages/stage-kind.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { toWire, toWireName } from '../wire/names.js'
import { avatarFor } from './avatar.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowRequest } from './flow-request.js'
import { guarded } from './stage-fault.js'
import { STEP_TOKEN, stepToken } from './step-token.js'
import { renderTitle } from './title.js'
import { Turn } from './turn.js'
import type { Walk } from './walk.js'

/** A body as it goes on the wire. */
export type WireBody = Record<string, unknown>

/** The challenge of the current stage, or what an ended run shows instead. */
export function challengeOf (
  tools: ExecutorTools, request: FlowRequest, walk: Walk, faults: readonly AnswerFault[] = []
): MaybePromise<WireBody> {
  const { recorder, services } = tools
  const body = bodyOf(tools, request, walk, faults)
  if (recorder === undefined) return body
  return andThen(body, (shown) => {
    recorder.current?.challenged(shown, services.registry.kinds.stageKinds.values())
    return shown
  })
}

function bodyOf (
  tools: ExecutorTools, request: FlowRequest, walk: Walk, faults: readonly AnswerFault[]
): MaybePromise<WireBody> {
  const { current, ending } = walk
  if (ending !== null) return endingBody(tools, walk.plan.flow, ending, request)
  if (current === undefined) throw new Error('A live run has a current stage')
  const { kind, stage } = current.compiled
  const turn = new Turn(tools, request, walk, current)
  const own = guarded(stage.name, () => andThen(kind.challenge?.(turn), (shown) => declared(kind.challengeSchema, shown)))
  const body = andThen(own, (members) => stageBody(tools, walk, kind, displayName(walk, request), members))
  if (faults.length === 0) return body
  return andThen(body, (shown) => andThen(guarded(stage.name, () => answerSchemaOf(kind, turn)), (schema) =>
    ({ ...shown, response_errors: responseErrors(faults, schema) })))
}

function stageBody (tools: ExecutorTools, walk: Walk, kind: StageKind, user: string, own: WireBody): WireBody {
  const body: WireBody = { component: kind.component, flow_info: stepInfo(tools, walk, user) }
  return Object.assign(body, kind.showsUser === true ? pendingUser(user) : undefined, own)
}

/** The body of an ended run: where to go, or why not. */
export function endingBody (tools: ExecutorTools, flow: Flow, ending: Ending, request: FlowRequest): WireBody {
  if (ending.kind === 'redirected') return { component: 'xak-flow-redirect', to: ending.to }
  const user = request.browser.user?.username ?? ''
  return {
    component: 'ak-stage-access-denied',
    flow_info: flowInfo(tools, flow, { user, app: '' }),
    ...pendingUser(user),
    error_message: ending.kind === 'denied' ? ending.message : 'The flow was cancelled.'
  }
}

/** What is shown when a stage has failed: the request's id, to be found in the log, and nothing of its insides. */
export function faultBody (requestId: string): WireBody {
  return { component: 'ak-stage-flow-error', request_id: requestId }
}

/** The schema of the answer that a stage takes now. */
export function answerSchemaOf (kind: StageKind, turn: StageTurn): MaybePromise<TObject | undefined> {
  return typeof kind.answerSchema === 'function' ? kind.answerSchema(turn) : kind.answerSchema
}

/** What is shown of the flow with a challenge: the token that an answer to it brings, beside what every body has. */
function stepInfo (tools: ExecutorTools, walk: Walk, user: string): WireBody {
  const token = stepToken(tools.sealer, walk)
  const info = flowInfo(tools, walk.plan.flow, { user, app: applicationName(walk.context['application']) })
  if (tools.requireStepToken) info['cancel_url'] = `${tools.cancelUrl}?${STEP_TOKEN}=${token}`
  info[STEP_TOKEN] = token
  return info
}

function flowInfo (tools: ExecutorTools, flow: Flow, names: { readonly user: string, readonly app: string }): WireBody {
  return {
    title: renderTitle(flow.title, names),
    background: backgroundUrl(flow),
    cancel_url: tools.cancelUrl,
    layout: flow.layout
  }
}

function pendingUser (name: string): WireBody {
  return { pending_user: name, pending_user_avatar: avatarFor(name) }
}

/** What was typed where that is shown, else the name of whom the flow is about. */
function displayName (walk: Walk, request: FlowRequest): string {
  return walk.context.pending_user_identifier ?? subjectOf(walk.context, request.browser.user)?.username ?? ''
}

function applicationName (application: unknown): string {
  if (typeof application === 'string') return application
  if (typeof application !== 'object' || application === null || !('name' in application)) return ''
  return typeof application.name === 'string' ? application.name : ''
}

/** The members that a challenge's schema names; whatever else a stage gives stays here. */
function declared (schema: TObject | undefined, own: unknown): WireBody {
  const wire: WireBody = {}
  if (schema === undefined || typeof own !== 'object' || own === null) return wire
  for (const [key, member] of Object.entries(own)) {
    if (member !== undefined && Object.hasOwn(schema.properties, key)) wire[toWireName(key)] = toWire(member)
  }
  return wire
}

function responseErrors (faults: readonly AnswerFault[], schema: TObject | undefined): WireBody {
  const errors: Record<string, { string: string, code: string }[]> = {}
  for (const { field, string, code } of faults) {
    const name = field === null ? 'non_field_errors' : wireField(field, schema)
    const list = Object.hasOwn(errors, name) ? errors[name] : undefined
    if (list === undefined) Object.defineProperty(errors, name, { value: [{ string, code }], enumerable: true })
    else list.push({ string, code })
  }
  return errors
}

function wireField (field: string, schema: TObject | undefined): string {
  const property = schema !== undefined && Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined
  const stated: unknown = property?.['wireName']
  return typeof stated === 'string' ? stated : toWireName(field)
}
