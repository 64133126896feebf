/** A browser without a window, over a real socket: it keeps the session cookie. */
export class SocketClient {
  readonly #url: string
  #cookie = ''

  /** @param url where the server is, without a path. */
  constructor (url: string) {
    this.#url = url
  }

  async request (path: string, body?: object): Promise<Response> {
    const response = await fetch(this.#url + path, {
      redirect: 'manual',
      headers: { cookie: this.#cookie, ...body === undefined ? {} : { 'content-type': 'application/json' } },
      ...body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    })
    this.#cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? this.#cookie
    return response
  }

  /** Walks a flow of identification and password, and gives what the password is answered with. */
  async signIn (slug: string, username: string, password: string): Promise<unknown> {
    const path = `/api/v3/flows/executor/${slug}/?query=`
    await this.request(path)
    await this.request(path, { component: 'ak-stage-identification', uid_field: username })
    const answer = await this.request(path, { component: 'ak-stage-password', password })
    return await answer.json()
  }
}
