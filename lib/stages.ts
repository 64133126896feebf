// The subpath `fastify-flow-planner/stages`: the built-in kinds of stage, and what it takes to write one.
export { MASK, Sensitive } from './context/sensitive.js'
export { Count, Int32, Nullable, Reference, SensitiveText, StringEnum, Text, Uuid } from './model/scalars.js'
export { FormatRegistry, registerTypes, TypeRegistry, type TypeRegistries } from './model/schema-types.js'
export { builtInStageKinds } from './stages/index.js'
export type { AnswerSchemaMaker, BrowserSession, Guess, SignIn, StageKind, StageOf, StageTurn } from './stages/stage-kind.js'
export {
  denied, passed, redirected, refused, refusedFinally, refusedFor, switched, type AnswerFault, type StageResult
} from './stages/stage-result.js'
export { verbatim } from './wire/names.js'
