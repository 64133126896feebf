import type { Definitions } from 'fastify-flow-planner'
import { redisStores, type RedisStores } from 'fastify-flow-planner/redis'
import { Redis } from 'ioredis'
import type { Secrets } from './secrets.js'

export interface SharedState {
  readonly stores: RedisStores
  readonly close: () => void
}

/** Connects to Redis or Valkey, which must be there at the start; when it goes away later, the client tries until it is back. */
export async function connectState (url: string, secrets: Secrets, definitions: Definitions): Promise<SharedState> {
  const client = new Redis(url, {
    lazyConnect: true,
    // Without a connection a command fails at once, and nothing is sent again when there is one.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => 200
  })
  // Each command that fails is reported where it was needed.
  client.on('error', () => {})
  await client.connect()
  const stores = redisStores(client, { keyPrefix: secrets.keyPrefix, sealKeys: secrets.seal, definitions })
  return { stores, close: () => client.disconnect() }
}
