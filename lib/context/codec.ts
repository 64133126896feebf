/**
 * A plan's context and its stored form, there and back: everything that a run store's writer or reader needs.
 */
export { decodeContext, usersIn, type ContextSource } from './decode.js'
export { encodeContext, type SecretSink, type StoredSubject } from './encode.js'
export type { EncodedContext } from './encoded.js'
export { Opaque } from './opaque.js'
