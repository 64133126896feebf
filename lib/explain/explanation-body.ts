import { toWire, verbatim } from '../wire/names.js'
import { toWireSchema } from '../wire/wire-schema.js'
import { ExplanationSchema, type ChangeExplanation, type Explanation } from './explanation-schema.js'

/** The schema of an explanation on the wire. */
export const ExplanationBodySchema = toWireSchema(ExplanationSchema)

/** An explanation as it goes on the wire; what the context holds keeps its keys. */
export function explanationBody (explanation: Explanation): unknown {
  const { frames, sinceLastFrame } = explanation
  return toWire({
    ...explanation,
    frames: frames.map((frame) => ({ ...frame, changes: frame.changes.map(asItIs) })),
    sinceLastFrame: sinceLastFrame.map(asItIs)
  })
}

function asItIs (change: ChangeExplanation): object {
  return 'value' in change ? { ...change, value: verbatim(change.value) } : change
}
