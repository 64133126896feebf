import { randomBytes } from 'node:crypto'
import type { Definitions } from '../model/definitions.js'
import { randomId } from '../random-id.js'
import type { ReputationBounds } from '../users/reputation-bounds.js'
import { RedisAttemptStore } from './attempt-store.js'
import type { AnyRedisClient } from './client.js'
import { RedisConnection, type RedisConnectionOptions } from './connection.js'
import { RedisConsumedStore, type RedisConsumedOptions } from './consumed-store.js'
import { RedisReputationStore } from './reputation-store.js'
import { RedisRunStore } from './run-store.js'
import { RedisSessionStore, type RedisSessionStoreOptions } from './session-store.js'
import { RedisSignInStore } from './sign-in-store.js'
import { RedisUserStore } from './user-store.js'

/** What {@link redisStores} makes the stores with; time and randomness are the system's unless stated. */
export interface RedisStoresOptions extends Partial<RedisConnectionOptions> {
  /** Users and groups that the user store begins with: the definitions that the plugin is given. Defaults to none. */
  readonly definitions?: Pick<Definitions, 'groups' | 'users' | 'places'>
  readonly newId?: () => string
  readonly reputation?: ReputationBounds
  readonly sessions?: RedisSessionStoreOptions
  readonly consumed?: RedisConsumedOptions
}

/** Every store on one connection. `sessions` is for `@fastify/session`, the rest for this package's options of the same names. */
export interface RedisStores {
  readonly runs: RedisRunStore
  readonly signIns: RedisSignInStore
  readonly users: RedisUserStore
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
  const { definitions = { groups: [], users: [] }, newId = randomId, reputation, sessions, consumed, ...connection } = options
  const random = options.randomBytes ?? ((length: number) => randomBytes(length))
  const redis = new RedisConnection(client, { ...connection, now: options.now ?? Date.now, randomBytes: random })
  return {
    runs: new RedisRunStore(redis),
    signIns: new RedisSignInStore(redis),
    users: new RedisUserStore(redis, { ...definitions, newId, randomBytes: random }),
    reputation: new RedisReputationStore(redis, reputation),
    sessions: new RedisSessionStore(redis, sessions),
    consumed: new RedisConsumedStore(redis, consumed),
    attempts: new RedisAttemptStore(redis)
  }
}
