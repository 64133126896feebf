import { Type } from '@sinclair/typebox'
import { explanationBody, ExplanationBodySchema } from '../explain/explanation-body.js'
import { AnyObject } from '../model/scalars.js'
import { maskedFields } from '../record/masking.js'
import type { Simulation } from './simulate.js'

/** The schema of a simulation on the wire. */
export const SimulationBodySchema = Type.Object({
  explanation: ExplanationBodySchema,
  effects: Type.Array(Type.Object({ effect: Type.String(), details: AnyObject() }), {
    description: 'What would have changed outside the run, in order'
  }),
  challenges: Type.Array(AnyObject(), { description: 'What would have been shown' }),
  unused_answers: Type.Integer({ description: 'Answers that came after the end of the walk' })
}, { title: 'FlowSimulation' })

/** A simulation as it goes on the wire. */
export function simulationBody ({ explanation, effects, challenges, unusedAnswers }: Simulation): object {
  const shown = challenges.map(maskedFields)
  return { explanation: explanationBody(explanation), effects, challenges: shown, unused_answers: unusedAnswers }
}
