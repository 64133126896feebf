import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { Test } from 'tap'
import type { AnyRedisClient } from '../../lib/redis/client.js'
import { RedisConnection, type RedisConnectionOptions } from '../../lib/redis/connection.js'
import type { RedisServer } from './server.js'

/** The clients that the stores work with. */
export const CLIENTS = ['ioredis', 'redis'] as const
export type ClientName = typeof CLIENTS[number]

/** Connects a client with its own defaults, and closes it with the test. */
export async function connectClient (t: Test, server: Pick<RedisServer, 'url'>, name: ClientName): Promise<AnyRedisClient> {
  if (name === 'ioredis') {
    const client = new Redis(server.url)
    client.on('error', () => {})
    t.teardown(() => client.disconnect())
    return client
  }
  const client = createClient({ url: server.url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.destroy())
  return client
}

/** A connection of stores, with a clock that the test sets. */
export async function connectStores (
  t: Test, server: Pick<RedisServer, 'url'>, name: ClientName = 'ioredis', options: Partial<RedisConnectionOptions> = {}
) {
  const clock = { time: Date.UTC(2024, 8, 1) }
  const client = await connectClient(t, server, name)
  const redis = new RedisConnection(client, { now: () => clock.time, randomBytes, ...options })
  return { clock, client, redis }
}

/** A client to look at the server with, past the stores. */
export function lookInto (t: Test, server: RedisServer): Redis {
  const client = new Redis(server.url)
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  return client
}
