import { randomBytes } from 'node:crypto'
import type { ReputationBounds } from '../users/reputation-bounds.js'
import { RedisAttemptStore } from './attempt-store.js'
import type { AnyRedisClient } from './client.js'
import { RedisConnection, type RedisConnectionOptions } from './connection.js'
import { RedisConsumedStore, type RedisConsumedOptions } from './consumed-store.js'
import { RedisReputationStore } from './reputation-store.js'
import { RedisRunStore } from './run-store.js'
import { RedisSessionStore, type RedisSessionStoreOptions } from './session-store.js'
import { RedisSignInStore } from './sign-in-store.js'

/** What {@link redisStores} makes the stores with; time and randomness are the system's unless stated. */
export interface RedisStoresOptions extends Partial<RedisConnectionOptions> {
  readonly reputation?: ReputationBounds
  readonly sessions?: RedisSessionStoreOptions
  readonly consumed?: RedisConsumedOptions
}

/** Every store on one connection. `sessions` is for `@fastify/session`, the rest for this package's options of the same names. */
export interface RedisStores {
  readonly runs: RedisRunStore
  readonly signIns: RedisSignInStore
  readonly reputation: RedisReputationStore
  readonly sessions: RedisSessionStore
  readonly consumed: RedisConsumedStore
  readonly attempts: RedisAttemptStore
}

/**
 * Makes what several processes must share, on one client. Give all processes the same `keyPrefix` and `sealKeys`.
 *
 * @throws OptionsError
 */
export function redisStores (client: AnyRedisClient, options: RedisStoresOptions = {}): RedisStores {
  const { reputation, sessions, consumed, ...connection } = options
  const redis = new RedisConnection(client, {
    ...connection, now: options.now ?? Date.now, randomBytes: options.randomBytes ?? ((length) => randomBytes(length))
  })
  return {
    runs: new RedisRunStore(redis),
    signIns: new RedisSignInStore(redis),
    reputation: new RedisReputationStore(redis, reputation),
    sessions: new RedisSessionStore(redis, sessions),
    consumed: new RedisConsumedStore(redis, consumed),
    attempts: new RedisAttemptStore(redis)
  }
}
