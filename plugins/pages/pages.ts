import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { flowPage, notFoundPage, type Brand, type PageFlow, type PageUrls } from './page-shell.js'
import { loadPageFiles, type PageFiles, type StaticFile } from './static-files.js'

export type { Brand, PageFlow } from './page-shell.js'

/** Options of {@link flowPages}. */
export interface FlowPagesOptions {
  /** Where the API is, such as `/api/v3`, without a slash at the end. */
  readonly apiPrefix: string
  /** The flow of a slug, as it is at the moment of the request. */
  readonly findFlow: (slug: string) => PageFlow | undefined
  readonly brand?: Brand
}

/** Where challenges look for the background and the avatar: these URLs are part of the wire format. */
const IMAGES = '/static/dist/assets/images'

/** Everything from this origin but images; nothing inline; framed by this origin only. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: https:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'"
].join('; ')

function sendPage (reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').headers({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store'
  }).send(body)
}

function sendFile (request: FastifyRequest, reply: FastifyReply, file: StaticFile, cacheControl: string): FastifyReply {
  reply.headers({ etag: file.etag, 'cache-control': cacheControl, 'x-content-type-options': 'nosniff' })
  const known = request.headers['if-none-match']?.split(/\s*,\s*/).includes(file.etag) === true
  return known ? reply.code(304).send() : reply.type(file.type).send(file.body)
}

/** The scripts import each other by relative URLs: the version in the folder's name is all that caches need. */
function urlsOf (files: PageFiles, prefix: string, apiPrefix: string): PageUrls {
  const folder = `${prefix}/static/flow-planner/${files.version}`
  const modules = [...files.code.keys()].filter((name) => name.endsWith('.js') && name !== 'main.js')
  return {
    apiPrefix,
    styleSheet: `${folder}/flow.css`,
    script: `${folder}/main.js`,
    modules: modules.map((name) => `${folder}/${name}`)
  }
}

/**
 * The pages for people: `/if/flow/{slug}/`, and the files that they load. With `inspector` in the page's query the
 * inspector stands beside the flow. Rejects at registration where the browser's scripts have not been built.
 */
export const flowPages: FastifyPluginAsync<FlowPagesOptions> = async (app, options) => {
  const { findFlow, brand = {} } = options
  const files = await loadPageFiles()
  const urls = urlsOf(files, app.prefix, options.apiPrefix)

  type PageRequest = FastifyRequest<{ Params: { slug: string }, Querystring: Record<string, unknown> }>
  const page = (request: PageRequest, reply: FastifyReply): FastifyReply => {
    const flow = findFlow(request.params.slug)
    if (flow === undefined) return sendPage(reply, 404, notFoundPage(urls, `${app.prefix}${IMAGES}/flow_background.jpg`, brand))
    return sendPage(reply, 200, flowPage(flow, urls, brand, 'inspector' in request.query))
  }
  app.get('/if/flow/:slug/', page)
  // With ignoreTrailingSlash the first route is this one already.
  if (!app.hasRoute({ method: 'GET', url: `${app.prefix}/if/flow/:slug` })) app.get('/if/flow/:slug', page)

  app.get<{ Params: { version: string, name: string } }>('/static/flow-planner/:version/:name', (request, reply) => {
    const { version, name } = request.params
    const file = files.code.get(name)
    if (file === undefined) return reply.callNotFound()
    return sendFile(request, reply, file, version === files.version ? 'public, max-age=31536000, immutable' : 'no-cache')
  })
  for (const file of [files.background, files.avatar]) {
    app.get(`${IMAGES}/${file.name}`, (request, reply) => sendFile(request, reply, file, 'public, max-age=3600'))
  }
}
