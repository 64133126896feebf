import { createHash } from 'node:crypto'

/** A Lua script and the name that the server knows it by. */
export interface RedisScript {
  readonly source: string
  /** SHA-1 of the source, lower-case hex. */
  readonly sha: string
}

/**
 * Refuses a command that is late. A client queues commands while the connection is down, and a server that was paused still
 * has them in its socket: without this a request that was answered with 503 would take effect afterwards.
 */
const DEADLINE = `
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(table.remove(ARGV, 1)) then return redis.error_reply('LATE the deadline is over') end
`

/**
 * A script that changes something. Its first argument is the deadline, which the body does not see. It has a shebang, so
 * that a server that is full or read-only refuses it as a whole, and not half-way through.
 */
export function writeScript (body: string): RedisScript {
  return script(`#!lua\n${DEADLINE}${body}`)
}

/**
 * A script that only takes away; as {@link writeScript} otherwise. A server that is full runs it too: a sign-in can be ended
 * then, and what is deleted makes room.
 */
export function deleteScript (body: string): RedisScript {
  return script(`#!lua flags=allow-oom\n${DEADLINE}${body}`)
}

/** A script that changes nothing and has no deadline. */
export function readScript (body: string): RedisScript {
  return script(`#!lua flags=no-writes\n${body}`)
}

function script (source: string): RedisScript {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
