import type { FastifyInstance } from 'fastify'

/** What the tabs of one browser share: its session cookie, and what they have seen of others. */
export class Jar {
  /** The value of the session cookie. */
  cookie: string | undefined
  /** Every value that it has had. */
  readonly seen = new Set<string>()
  /** Values that a right password has brought. */
  readonly proven = new Set<string>()
  /** Values that must be worth nothing: a sign-in or a sign-out has replaced them. */
  readonly dead = new Set<string>()
}

export type FlowSlug = 'sign-in' | 'walk'

/** One thing that a person does in a tab. */
export interface Action {
  readonly kind: 'start' | 'answer' | 'double' | 'back' | 'inspect' | 'cancel' | 'sign-out'
  readonly flow: FlowSlug
  /** Which process gets it. */
  readonly process: number
  /** Whether the answer brings the step token. */
  readonly withToken: boolean
  readonly password: 'right' | 'wrong'
}

type Challenge = Readonly<Record<string, unknown>>

/** A tab of a browser: it remembers the challenges that it has been shown. */
export class Tab {
  readonly #processes: readonly FastifyInstance[]
  readonly #jar: Jar
  readonly #shown = new Map<FlowSlug, Challenge[]>()

  constructor (processes: readonly FastifyInstance[], jar: Jar) {
    this.#processes = processes
    this.#jar = jar
  }

  async act (action: Action): Promise<void> {
    const { kind, flow, process } = action
    switch (kind) {
      case 'start': return await this.start(flow, process)
      case 'answer': return await this.answer(action)
      case 'double': {
        await Promise.all([this.answer(action), this.answer({ ...action, process: process + 1 })])
        return
      }
      case 'back': return await this.answer(action, -2)
      case 'inspect': return await this.#ask('GET', `/api/v3/flows/inspector/${flow}/`, process, undefined).then(() => {})
      case 'cancel': return await this.#ask('GET', '/flows/-/cancel/', process, undefined).then(() => {})
      case 'sign-out': return await this.#signOut(process)
    }
  }

  async start (flow: FlowSlug, process: number): Promise<void> {
    this.#note(flow, await this.#ask('GET', `/api/v3/flows/executor/${flow}/`, process, undefined))
  }

  /** Answers the challenge that was shown last, or one before it. */
  async answer ({ flow, process, withToken, password }: Action, index = -1): Promise<void> {
    const challenge = this.#shown.get(flow)?.at(index)
    if (challenge === undefined) return await this.start(flow, process)
    const { component } = challenge
    const token = Reflect.get(Object(challenge['flow_info']), 'step_token')
    const body = {
      component,
      ...withToken && token !== undefined ? { step_token: token } : {},
      ...component === 'ak-stage-identification' ? { uid_field: 'admin' } : {},
      ...component === 'ak-stage-password' ? { password: password === 'right' ? 'open sesame' : 'wrong' } : {}
    }
    const isProof = component === 'ak-stage-password' && password === 'right'
    this.#note(flow, await this.#ask('POST', `/api/v3/flows/executor/${flow}/`, process, body, isProof))
  }

  /** Answers until the flow has ended; false where it does not within so many answers. */
  async finish (flow: FlowSlug): Promise<boolean> {
    await this.start(flow, 0)
    for (let left = 12; left > 0; left -= 1) {
      if (this.#shown.get(flow)?.at(-1)?.['component'] === 'xak-flow-redirect') return true
      await this.answer({ kind: 'answer', flow, process: left, withToken: true, password: 'right' })
    }
    return false
  }

  async #signOut (process: number): Promise<void> {
    const { cookie } = this.#jar
    const body = await this.#ask('GET', '/api/v3/flows/executor/sign-out/', process, undefined)
    if (cookie !== undefined && body?.['component'] === 'xak-flow-redirect') this.#jar.dead.add(cookie)
  }

  #note (flow: FlowSlug, body: Challenge | undefined): void {
    if (body?.['component'] !== undefined) this.#shown.set(flow, [...this.#shown.get(flow) ?? [], body])
  }

  async #ask (
    method: 'GET' | 'POST', url: string, process: number, payload: object | undefined, isProof = false
  ): Promise<Challenge | undefined> {
    const { cookie: sent } = this.#jar
    const app = this.#processes[process % this.#processes.length]
    const response = await app?.inject({
      method, url, headers: sent === undefined ? {} : { cookie: `sessionId=${sent}` }, ...payload === undefined ? {} : { payload }
    })
    const got = response?.cookies.find(({ name }) => name === 'sessionId')?.value
    if (got !== undefined && got !== '') this.#take(got, sent, isProof)
    if (response !== undefined && response.statusCode >= 500 && response.statusCode !== 503) throw new Error(response.body)
    return String(response?.headers['content-type']).startsWith('application/json') ? response?.json() : undefined
  }

  #take (cookie: string, before: string | undefined, isProof: boolean): void {
    this.#jar.cookie = cookie
    this.#jar.seen.add(cookie)
    if (!isProof) return
    this.#jar.proven.add(cookie)
    if (before !== undefined && before !== cookie) this.#jar.dead.add(before)
  }
}
