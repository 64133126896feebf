import { randomUUID } from 'node:crypto'

/**
 * A random UUID in one piece. Node joins its text from twenty, and most of them stay apart until somebody looks into it: nobody
 * does into those that are only kept, and each would take 480 bytes and not 56. Asked for its lower-case letters, of which it
 * consists, V8 puts it together and gives it back.
 */
export function randomId (): string {
  return randomUUID().toLowerCase()
}
