import type { FastifyPluginAsync } from 'fastify'
import { runPicture } from '../lib/diagram/run-picture.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import type { Dictionary } from './pages/texts/dictionary.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

export interface PictureRouteOptions extends InspectionAccess {
  readonly dictionary: Dictionary
}

const schema = { operationId: 'flows_inspector_picture_retrieve', summary: 'Get the run of a flow in this session as SVG', tags: ['flows'] }

/** Draws the session's run of a flow for whoever may inspect it, in the language that the request asks for. It reads only. */
export const pictureRoute: FastifyPluginAsync<PictureRouteOptions> = async (app, access) => {
  slugRoutes(app, 'GET', '/flows/inspector/:flow_slug/picture', schema, (url, options) =>
    app.get<SlugRequest>(url, options, async (request, reply) => {
      const slug = request.params.flow_slug
      await inspectableFlow(access, request, slug)
      const explanation = await access.engine.explain(request, slug)
      leaveSessionAlone(request)
      reply.headers({ 'cache-control': 'no-store', vary: 'accept-language' })
      if (explanation === undefined) return await reply.code(400).send({ detail: 'No flow plan in session.' })
      const words = access.dictionary.wordsFor(request.headers)
      return await reply.type('image/svg+xml').headers({ 'content-language': words.tag, 'x-content-type-options': 'nosniff' })
        .send(runPicture(explanation, { ...words, language: words.tag }))
    }))
}
