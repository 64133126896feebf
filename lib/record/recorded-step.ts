import { Type, type Static } from '@sinclair/typebox'
import { AnyObject, Nullable, StringEnum } from '../model/scalars.js'

const Pk = Type.Union([Type.Integer(), Type.String()])

/** A user as it was when the walk first read it; what attributes call secret is masked. */
const RecordedUserSchema = Type.Object({
  pk: Pk,
  uuid: Type.String(),
  username: Type.String(),
  name: Type.String(),
  email: Type.String(),
  isActive: Type.Boolean(),
  isSuperuser: Type.Boolean(),
  groups: Type.Array(Type.Object({ pk: Type.String(), name: Type.String(), isSuperuser: Type.Boolean() })),
  attributes: AnyObject(),
  passwordChangeDate: Type.String(),
  hasUsablePassword: Type.Boolean()
})

/** An authenticator as the walk saw it, without its secrets. */
const RecordedDeviceSchema = Type.Object({
  user: Pk,
  pk: Type.String(),
  type: StringEnum(['totp', 'static'] as const),
  name: Type.String(),
  confirmed: Type.Boolean(),
  lastUsed: Type.Optional(Nullable(Type.String()))
})

const RecordedConsentSchema = Type.Object({
  user: Pk, application: Type.String(), permissions: Type.Array(Type.String()), expiresAt: Nullable(Type.Number())
})

/** What one policy answered, before negation. */
const RecordedAnswerSchema = Type.Object({
  binding: Type.String(),
  answer: StringEnum(['pass', 'fail', 'error', 'cancelled'] as const),
  messages: Type.Array(Type.String())
})

/** One request that moved a run on: what came in, what was read for it, and what was shown. No secret is in it. */
export const RecordedStepSchema = Type.Object({
  http: Type.Object({
    ip: Type.String(),
    method: Type.String(),
    path: Type.String(),
    origin: Type.String(),
    headers: Type.Record(Type.String(), Type.String())
  }),
  query: Type.String({ description: "The page's query, secrets masked" }),
  user: Nullable(Pk, { description: 'Who was signed in when it came' }),
  isOutpost: Type.Optional(Type.Boolean({ description: 'Whether it came from a trusted outpost, where that was asked' })),
  answer: Nullable(AnyObject(), { description: 'With stand-ins for secrets; null for the request that started the run' }),
  now: Type.Array(Type.Number(), { description: 'Every reading of the clock' }),
  ids: Type.Array(Type.String(), { description: 'Ids that were made, empty where it was shown nowhere' }),
  users: Type.Array(RecordedUserSchema),
  devices: Type.Array(RecordedDeviceSchema),
  consents: Type.Array(RecordedConsentSchema),
  created: Type.Array(Pk, { description: 'Primary keys of users that were created' }),
  refused: Type.Optional(Type.Array(Type.String(), { description: 'Usernames that nobody could be given, taken ones above all' })),
  codesOf: Type.Optional(Type.Array(Type.String(), { description: 'Primary keys of the devices that took a code' })),
  scores: Type.Array(Type.Number(), { description: 'Reputation, as it was read' }),
  policies: Type.Array(RecordedAnswerSchema),
  challenge: AnyObject({ description: 'What was shown, masked' }),
  decisions: Type.Integer({ description: 'How many decisions there were after it' }),
  frames: Type.Integer({ description: 'How many frames there were after it' })
})

export type RecordedStep = Static<typeof RecordedStepSchema>
export type RecordedUser = RecordedStep['users'][number]
export type RecordedPolicyAnswer = RecordedStep['policies'][number]
