import type { Sealer } from '../context/seal.js'
import type { Walk } from './walk.js'

/** The member of an answer that holds the step token of the challenge that it answers. */
export const STEP_TOKEN = 'step_token'

/** What a step token stands for: one stage, at one turn of one run. */
function stepOf ({ id, turn, current }: Walk): string {
  return `step\n${id}\n${turn}\n${current?.compiled.binding.pk ?? ''}`
}

/** The token of the challenge that a walk shows: good for one answer to it, and for nothing else. */
export function stepToken (sealer: Sealer, walk: Walk): string {
  return sealer.tag(stepOf(walk))
}

/** Whether a token is that of the challenge that a walk shows. */
export function isStepToken (sealer: Sealer, walk: Walk, token: string): boolean {
  return sealer.isTag(token, stepOf(walk))
}

/** The step token that an answer brings; undefined where it brings none. */
export function sentStepToken (body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, STEP_TOKEN)) return undefined
  const token: unknown = Reflect.get(body, STEP_TOKEN)
  return typeof token === 'string' ? token : ''
}
