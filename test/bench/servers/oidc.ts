import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { serve, setup } from './serve.js'

/** oidc-provider with one client and its own memory adapter: an authorization request begins an interaction. */
// It warns that it is set up for development, which it is.
console.warn = () => {}

const { client } = await setup<{ client: object }>()

const provider = new Provider('http://127.0.0.1', {
  clients: [client],
  cookies: { keys: ['a key of the benchmark'] },
  features: { devInteractions: { enabled: false } }
})
serve(createServer(provider.callback()))
