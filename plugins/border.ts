import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { isDeeper } from '../lib/depth.js'
import { BodyError } from './errors.js'

/** Levels of lists and objects that a body may have: more than any stage asks for, and far from what a stack holds. */
const MAX_DEPTH = 32

/**
 * Makes JSON the only thing that the routes of this scope take, whatever else the app can parse: a form post of another site
 * needs nobody's leave, JSON does. What is no UTF-8, nests too deep, is longer than `bodyLimit` bytes or names a prototype is
 * refused before any route sees it.
 */
export function takeJsonOnly (app: FastifyInstance, bodyLimit: number): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer', bodyLimit }, (request, bytes, done) => {
    const text = bytes.toString()
    // What is no UTF-8 comes out as this character, which few bodies hold: most need not be looked through again.
    if (text.includes('\ufffd') && !isUtf8(bytes)) {
      done(new BodyError('is not UTF-8'))
      return
    }
    parseJson(request, text, (error, body) => {
      done(error ?? (isDeeper(body, MAX_DEPTH) ? new BodyError(`has more than ${MAX_DEPTH} levels`) : null), body)
    })
  })
}

/** Keeps every answer of the routes of this scope, errors included, out of caches: they depend on who asks, and when. */
export function keepOutOfCaches (app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
}
