/** What stages and policies may know of the HTTP request. */
export interface RequestFacts {
  /** The request's id in the app's log. */
  readonly id: string
  /** The client's address; '' where it has none, as over a Unix socket without a proxy that is trusted. */
  readonly ip: string
  readonly method: string
  readonly path: string
  /**
   * The path with the names of its parameters in place of what they hold, such as `/reset/:token`: what is recorded of a request
   * to a host's own route. Nothing of its path is recorded without it.
   */
  readonly route?: string | undefined
  /** Scheme, host and port that the client used, such as `https://login.example`. */
  readonly origin: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}
