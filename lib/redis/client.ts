import { OptionsError } from '../errors.js'

/** What the stores need of a Redis or Valkey client. All texts are UTF-8; a client's own key prefix may be put before keys. */
export interface RedisClient {
  /** Fields of a hash; null for each that is not there (HMGET). */
  readFields (key: string, fields: readonly string[]): Promise<ReadonlyArray<string | null>>
  /** Runs a script that the server knows by its SHA-1 (EVALSHA). */
  evalSha (sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Runs a script by its text (EVAL), after which the server knows it. */
  eval (script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
}

/** What is used of an `ioredis` client, as `@fastify/redis` brings it too. */
export interface IoRedisClient {
  hmget (key: string, ...fields: string[]): Promise<Array<string | null>>
  evalsha (sha: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>
  eval (script: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>
}

/** What is used of a client of the package `redis`. */
export interface NodeRedisClient {
  hmGet (key: string, fields: string[]): Promise<Array<string | null>>
  evalSha (sha: string, options: { keys: string[], arguments: string[] }): Promise<unknown>
  eval (script: string, options: { keys: string[], arguments: string[] }): Promise<unknown>
}

/** A client of `ioredis`, one of `redis`, or anything made to fit. */
export type AnyRedisClient = RedisClient | IoRedisClient | NodeRedisClient

/**
 * Recognises a client by its methods.
 *
 * @throws OptionsError where it is none of those that are known.
 */
export function adaptClient (client: AnyRedisClient): RedisClient {
  if (typeof client !== 'object' || client === null) throw unknownClient()
  if ('readFields' in client) return client
  if ('evalsha' in client) return fromIoRedis(client)
  if ('evalSha' in client && 'hmGet' in client) return fromNodeRedis(client)
  throw unknownClient()
}

function unknownClient (): Error {
  return new OptionsError("A Redis client must be one of 'ioredis' or of 'redis', or have readFields, evalSha and eval")
}

function fromIoRedis (client: IoRedisClient): RedisClient {
  return {
    readFields: (key, fields) => client.hmget(key, ...fields),
    evalSha: (sha, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    eval: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args)
  }
}

function fromNodeRedis (client: NodeRedisClient): RedisClient {
  return {
    readFields: (key, fields) => client.hmGet(key, [...fields]),
    evalSha: (sha, keys, args) => client.evalSha(sha, { keys: [...keys], arguments: [...args] }),
    eval: (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] })
  }
}
