import { Type, type Static } from '@sinclair/typebox'
import type { Stage } from '../model/stage.js'
import type { StageKind } from './stage-kind.js'

/** A set-up stage that somebody may choose. */
export const SelectableStageSchema = Type.Object({
  pk: Type.String(),
  name: Type.String(),
  verboseName: Type.String(),
  metaModelName: Type.String()
})

/** A set-up stage as a choice; its kind's name without the words that all of them end in, as in the original. */
export function selectableStage (
  stage: Stage, kind: Pick<StageKind, 'verboseName' | 'model'> | undefined
): Static<typeof SelectableStageSchema> {
  return {
    pk: stage.pk,
    name: stage.name,
    verboseName: (kind?.verboseName ?? stage.name).replace('Setup Stage', '').trim(),
    metaModelName: kind?.model ?? stage.kind
  }
}
