/** What is read of a challenge. */
export interface Challenge {
  /** Missing where the run has moved to another session: there is nothing to answer here any more. */
  readonly component?: string
  readonly to?: string
  readonly response_errors?: Readonly<Record<string, ReadonlyArray<{ readonly code: string }>>>
}

/** A browser that asks again until it gets through: connections may break at any moment, and stores be away. */
export class Walker {
  readonly #origin: string
  #cookie = ''
  /** How often the server said that the run had to start again. */
  restarts = 0
  /** Answers with a status that a server must never give. */
  readonly faults: string[] = []

  constructor (origin: string) {
    this.#origin = origin
  }

  /** Answers what it is asked by component, until the flow is over; gives where it leads. */
  async walk (slug: string, answers: Readonly<Record<string, object>>): Promise<string> {
    let challenge = await this.get(slug)
    for (;;) {
      const { component } = challenge
      if (component === 'xak-flow-redirect') return challenge.to ?? ''
      if (component === undefined) {
        challenge = await this.get(slug)
        continue
      }
      const answer = answers[component]
      if (answer === undefined) throw new Error(`there is no answer for ${JSON.stringify(challenge)}`)
      challenge = await this.post(slug, { component, ...answer })
    }
  }

  async get (slug: string): Promise<Challenge> {
    return await this.#insist('GET', `/api/v3/flows/executor/${slug}/?query=`)
  }

  async post (slug: string, body: object): Promise<Challenge> {
    return await this.#insist('POST', `/api/v3/flows/executor/${slug}/?query=`, JSON.stringify(body))
  }

  /** Asks for something once; undefined where there was no reply. */
  async ask (method: string, path: string, body?: string): Promise<Response | undefined> {
    try {
      const response = await fetch(this.#origin + path, {
        method,
        // A process that is killed takes connections with it that it has not accepted yet: those are never answered.
        signal: AbortSignal.timeout(5000),
        // Each request may go to another process.
        headers: { connection: 'close', cookie: this.#cookie, ...body === undefined ? {} : { 'content-type': 'application/json' } },
        ...body === undefined ? {} : { body }
      })
      const set = response.headers.getSetCookie().find((cookie) => cookie.startsWith('sessionId='))
      if (set !== undefined) this.#cookie = set.split(';', 1)[0] ?? ''
      return response
    } catch {
      return undefined
    }
  }

  /** Asks for something until there is a reply, and one that is not to try again. */
  async reach (method: string, path: string, body?: string): Promise<Response> {
    for (;;) {
      const response = await this.ask(method, path, body)
      if (response !== undefined && response.status !== 503) return response
      await new Promise((resolve) => { setTimeout(resolve, 50) })
    }
  }

  async #insist (method: string, path: string, body?: string): Promise<Challenge> {
    const response = await this.reach(method, path, body)
    const challenge: Challenge = JSON.parse(await response.text())
    if (response.status !== 200 && response.status !== 409) this.faults.push(`${response.status} ${JSON.stringify(challenge)}`)
    if (challenge.response_errors?.non_field_errors?.some(({ code }) => code === 'restarted')) this.restarts += 1
    return challenge
  }
}
