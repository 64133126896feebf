import { setTimeout } from 'node:timers/promises'
import { Type, type Static } from '@sinclair/typebox'
import { DefinitionError } from '../../errors.js'
import { Count } from '../../model/scalars.js'
import type { PolicyAnswer, PolicyKind, PolicyRequest } from '../policy-kind.js'

/** The longest wait that a timer can do, in milliseconds; beyond it, it would not wait at all. */
const LONGEST_WAIT = 2_147_483_647

const options = Type.Object({
  result: Type.Boolean({ default: false }),
  /** Seconds. */
  waitMin: Count({ default: 5 }),
  /** Seconds; itself never reached, unless it equals `waitMin`. */
  waitMax: Count({ default: 30 })
}, { additionalProperties: false })

/** The options of a dummy policy. */
export interface DummyPolicyOptions extends Static<typeof options> {}

/**
 * Always the same answer, after a random wait of whole seconds; at once where both bounds are 0. For trying flows out.
 *
 * Pure: the answer is stated in the definition.
 */
export const dummyPolicy = {
  kind: 'dummy',
  model: 'authentik_policies_dummy.dummypolicy',
  component: 'ak-policy-dummy-form',
  verboseName: 'Dummy Policy',
  verboseNamePlural: 'Dummy Policies',
  options,
  prepare ({ name, options }) {
    if (options.waitMax < options.waitMin) {
      throw new DefinitionError(`Policy '${name}', field 'waitMax'`, `it is below 'waitMin' (${options.waitMin})`)
    }
    const answer: PolicyAnswer = { passing: options.result, messages: ['dummy'] }
    return { pure: true, evaluate: (request) => options.waitMax === 0 ? answer : answerLater(answer, options, request) }
  }
} satisfies PolicyKind<typeof options>

async function answerLater (answer: PolicyAnswer, options: DummyPolicyOptions, request: PolicyRequest): Promise<PolicyAnswer> {
  const random = Buffer.from(request.services.randomBytes(4)).readUInt32BE()
  // The remainder favours some waits a little, which nobody can use.
  const seconds = options.waitMin + random % Math.max(options.waitMax - options.waitMin, 1)
  await setTimeout(Math.min(seconds * 1000, LONGEST_WAIT), undefined, { signal: request.signal })
  return answer
}
