import type { Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { Client } from '../../app.js'
import type { Secrets } from './secrets.js'
import type { Witness } from './witness.js'

export type Challenge = Record<string, unknown>

/** A browser that lets a witness hear all that comes back, and all that can be read about the run after every step. */
export class Visitor {
  readonly #client: Client
  readonly #t: Test
  readonly #witness: Witness
  readonly #secrets: Secrets
  readonly #url: string
  readonly #answers = new Map<string, object[]>()
  #stepToken = ''

  /** @param url where the app listens. */
  constructor (t: Test, app: FastifyInstance, url: string, { witness, secrets }: { witness: Witness, secrets: Secrets }) {
    this.#t = t
    this.#client = new Client(app)
    this.#url = url
    this.#witness = witness
    this.#secrets = secrets
  }

  /** Starts a flow from the app's own route, and listens to its events. */
  async start (slug: string): Promise<Challenge> {
    await this.#client.request('GET', `/start/${slug}`)
    await this.#witness.listen(this.#t, `${this.#url}/api/v3/flows/inspector/${slug}/events/`, this.#client.cookie ?? '')
    return await this.#took(slug, await this.#client.get(slug))
  }

  /** Answers; once more where a stage has failed. */
  async answer (slug: string, answer: object): Promise<Challenge> {
    this.#answers.set(slug, [...this.#answers.get(slug) ?? [], answer])
    const challenge = await this.#took(slug, await this.#client.post(slug, { ...answer, step_token: this.#stepToken }))
    if (challenge['component'] !== 'ak-stage-flow-error') return challenge
    await this.#took(slug, await this.#client.get(slug))
    return await this.#took(slug, await this.#client.post(slug, { ...answer, step_token: this.#stepToken }))
  }

  /** Sends a body that is no JSON. */
  async sendText (slug: string, payload: string): Promise<number> {
    const response = await this.#client.app.inject({
      method: 'POST',
      url: `/api/v3/flows/executor/${slug}/`,
      headers: { cookie: `sessionId=${this.#client.cookie ?? ''}`, 'content-type': 'application/json' },
      payload
    })
    this.#witness.hear('refusals', response.body)
    return response.statusCode
  }

  /** Walks every flow dry with all that was answered to it, from the same context. */
  async simulate (contextOf: (slug: string) => object): Promise<void> {
    for (const slug of this.#answers.keys()) await this.#simulate(slug, contextOf(slug))
  }

  async #simulate (slug: string, context: object): Promise<void> {
    const body = { context, answers: this.#answers.get(slug) }
    const response = await this.#client.request('POST', `/api/v3/flows/inspector/${slug}/simulate/`, body)
    this.#t.equal(response.statusCode, 200, response.body)
    this.#witness.hear('simulate', response.body)
  }

  async #took (slug: string, response: Awaited<ReturnType<Client['get']>>): Promise<Challenge> {
    const challenge: Challenge & { flow_info?: { step_token?: string } } = response.json()
    this.#witness.hear('challenges', response.body, challenge['component'])
    this.#witness.hear('headers', JSON.stringify({ ...response.headers, 'set-cookie': undefined }))
    const { step_token: token } = challenge.flow_info ?? {}
    const cookie = decodeURIComponent(this.#client.cookie ?? '').split('.')[0] ?? ''
    if (cookie !== '') this.#secrets.know('session id', cookie)
    if (token !== undefined) {
      this.#stepToken = token
      this.#secrets.know('step token', token, { shownIn: [String(challenge['component'])] })
    }
    await this.#readAll(slug)
    return challenge
  }

  async #readAll (slug: string): Promise<void> {
    for (const route of ['', 'explain/', 'picture/', 'export-run/']) {
      const response = await this.#client.request('GET', `/api/v3/flows/inspector/${slug}/${route}`)
      this.#witness.hear(route === '' ? 'inspector' : route.slice(0, -1), response.body)
    }
    this.#witness.hear('explanation text', (await this.#client.request('GET', `/explanation/${slug}`)).body)
  }
}
