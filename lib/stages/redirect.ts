import { Type, type Static } from '@sinclair/typebox'
import { Nullable, Reference, StringEnum } from '../model/scalars.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import { optionError } from './option-error.js'
import { isRedirectTarget } from '../redirect/web-target.js'
import type { StageKind, StageOf, StageTurn } from './stage-kind.js'
import { denied, redirected, switched, type StageResult } from './stage-result.js'

const options = Type.Object({
  mode: StringEnum(['static', 'flow'] as const),
  /** An absolute http(s) URL, or a path that starts with a single `/`. */
  targetStatic: Type.String({ default: '' }),
  targetFlow: Nullable(Reference('flow'), { default: null }),
  /** Whether the other flow begins with the context of this one. */
  keepContext: Type.Boolean({ default: true })
}, { additionalProperties: false })

/** The options of a redirect stage. */
export interface RedirectOptions extends Static<typeof options> {}

const FLOW_SCHEME = 'ak-flow://'

/**
 * Ends the walk at a URL, or goes on with another flow. A `redirect_stage_target` in the context, a URL or
 * `ak-flow://slug`, takes the place of the stage's own target.
 */
export const redirectStage = {
  kind: 'redirect',
  model: 'authentik_stages_redirect.redirectstage',
  component: 'ak-stage-redirect',
  formComponent: 'ak-stage-redirect-form',
  verboseName: 'Redirect Stage',
  verboseNamePlural: 'Redirect Stages',
  options,
  check,
  enter: (turn) => overriddenTarget(turn) ?? ownTarget(turn)
} satisfies StageKind<typeof options>

function check (stage: StageOf<RedirectOptions>, definitions: DefinitionLookup): void {
  const { mode, targetStatic, targetFlow } = stage.options
  if ((mode === 'static' || targetStatic !== '') && !isRedirectTarget(targetStatic)) {
    throw optionError(stage, 'targetStatic', 'must be an http(s) URL without credentials, or a path that starts with a single "/"')
  }
  if (mode === 'flow' && (targetFlow === null || definitions.flow(targetFlow) === undefined)) {
    throw optionError(stage, 'targetFlow', 'must be a flow where mode is "flow"')
  }
}

/** An unknown flow falls back to the stage's own target, as in the original; an unsafe URL denies. */
function overriddenTarget ({ stage, context, definitions }: StageTurn<RedirectOptions>): StageResult | undefined {
  const target = context.redirect_stage_target
  if (typeof target !== 'string') return undefined
  if (!target.startsWith(FLOW_SCHEME)) return isRedirectTarget(target) ? redirected(target) : denied()
  const flow = definitions.flowBySlug(target.slice(FLOW_SCHEME.length))
  return flow && switched(flow.slug, stage.options.keepContext)
}

function ownTarget ({ stage, definitions }: StageTurn<RedirectOptions>): StageResult {
  const { mode, targetStatic, targetFlow, keepContext } = stage.options
  if (mode === 'static') return redirected(targetStatic)
  const flow = targetFlow === null ? undefined : definitions.flow(targetFlow)
  return flow === undefined ? denied() : switched(flow.slug, keepContext)
}
