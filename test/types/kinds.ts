// Compiled only: kinds that are annotated with their options register as they are.
import { Type, type TObject } from '@sinclair/typebox'
import type { PolicyKind } from '../../lib/policies/policy-kind.js'
import type { RegistryOptions } from '../../lib/registry/registry.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'
import { passed } from '../../lib/stages/stage-result.js'

const options = Type.Object({ greeting: Type.String(), loud: Type.Boolean({ default: false }) })
const challenge = Type.Object({ text: Type.String() })
const answer = Type.Object({ reply: Type.String() })

const names = { model: 'app_greet.greet', component: 'app-greet', verboseName: 'Greet', verboseNamePlural: 'Greets' }

const greet: StageKind<typeof options, typeof challenge, typeof answer> = {
  ...names,
  kind: 'greet',
  formComponent: 'app-greet-form',
  options,
  challengeSchema: challenge,
  answerSchema: answer,
  check: ({ options }) => { options.greeting.trim() },
  challenge: ({ stage }) => ({ text: stage.options.greeting }),
  respond: (_turn, { reply }) => reply === '' ? passed() : passed()
}

const polite: PolicyKind<typeof options> = {
  ...names,
  kind: 'polite',
  options,
  prepare: ({ options }) => ({ pure: true, evaluate: () => options.greeting !== '' })
}

const method: StageKind<typeof options> = {
  ...names, kind: 'method', formComponent: 'f', options, enter ({ stage }) { return stage.options.loud ? passed() : undefined }
}

// What is right compiles.
export const registered: RegistryOptions = { stageKinds: [greet, method], policyKinds: [polite] }
export const asAny: StageKind = greet
export const listed: readonly StageKind<TObject>[] = [greet, method]

// @ts-expect-error an option that the kind does not have
export const wrong: StageKind<typeof options> = { ...method, enter: ({ stage }) => stage.options.grating }
// @ts-expect-error a challenge that does not fit its schema
export const mute: StageKind<typeof options, typeof challenge> = { ...greet, challenge: () => ({ txt: 'a' }) }
// @ts-expect-error a kind without its names
export const nameless: RegistryOptions = { stageKinds: [{ kind: 'nameless', options }] }
