import { Type, type Static } from '@sinclair/typebox'
import type { StageKind } from './stage-kind.js'
import { passed } from './stage-result.js'

const options = Type.Object({
  /** Makes the stage fail, to see what a fault inside a stage looks like. */
  throwError: Type.Boolean({ default: false })
}, { additionalProperties: false })

/** The options of a dummy stage. */
export interface DummyOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({ name: Type.String() })
const answerSchema = Type.Object({})

/** Shows its own name and is passed by any answer that names it: for trying flows out. */
export const dummyStage = {
  kind: 'dummy',
  model: 'authentik_stages_dummy.dummystage',
  component: 'ak-stage-dummy',
  formComponent: 'ak-stage-dummy-form',
  verboseName: 'Dummy Stage',
  verboseNamePlural: 'Dummy Stages',
  options,
  challengeSchema,
  answerSchema,
  challenge ({ stage }) {
    if (stage.options.throwError) throw new Error('Test error')
    return { name: stage.name }
  },
  respond: () => passed()
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>
