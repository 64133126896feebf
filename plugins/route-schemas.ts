import type { FastifyInstance } from 'fastify'
import { KindGuard, type TObject } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { OptionsError } from '../lib/errors.js'
import { isRecord } from '../lib/is-record.js'
import { describeFault } from '../lib/registry/schema-check.js'
import { slugParams } from './slug-routes.js'

/** A number as a URL writes it. */
const WHOLE_NUMBER = /^-?\d{1,15}$/

/**
 * Checks what comes to the routes of this scope by TypeBox, and writes what they send as plain JSON, whatever the app does with
 * the schemas of its own routes: what a response's schema leaves out is sent all the same. Fastify's own ways are compilers,
 * which take a tenth of a second of a start for next to nothing.
 *
 * @throws OptionsError at the start, where the app adds a schema of another sort to these routes.
 */
export function checkByTypeBox (app: FastifyInstance): void {
  app.setValidatorCompiler<TObject>(({ schema, httpPart = '', url = '' }) => {
    // A parameter is a text in any case.
    if (schema === slugParams) return () => true
    if (!KindGuard.IsObject(schema)) refuse(httpPart, url)
    const numbers = Object.entries(schema.properties).filter(([, member]) => KindGuard.IsInteger(member)).map(([name]) => name)
    let takesNothing: boolean | undefined
    return (sent: unknown) => {
      if (isEmpty(sent) && (takesNothing ??= numbers.length === 0 && Value.Check(schema, {}))) return true
      const value = numbers.length === 0 ? sent : Value.Default(schema, withNumbers(numbers, sent))
      if (Value.Check(schema, value)) return { value }
      const fault = Value.Errors(schema, value).First()
      return { error: new Error(fault === undefined ? httpPart : `${httpPart}: ${describeFault(fault)}`) }
    }
  })
  app.setSerializerCompiler(({ schema, url = '' }) => {
    if (!KindGuard.IsSchema(schema)) refuse('response', url)
    return JSON.stringify
  })
}

/** Whether what was sent has no members, as most requests have no query. */
function isEmpty (sent: unknown): boolean {
  return isRecord(sent) && Object.keys(sent).length === 0
}

function refuse (httpPart: string, url: string): never {
  throw new OptionsError(`a schema was added for the ${httpPart} of ${url}: the routes of fastify-flow-planner take those of TypeBox only`)
}

/** What was sent, with these members of it read as numbers where they are. */
function withNumbers (names: readonly string[], sent: unknown): Record<string, unknown> {
  const members: Record<string, unknown> = { ...Object(sent) }
  for (const name of names) {
    const text = members[name]
    if (typeof text === 'string' && WHOLE_NUMBER.test(text)) members[name] = Number(text)
  }
  return members
}
