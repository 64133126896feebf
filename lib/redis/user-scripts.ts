import { deleteScript, readScript, writeScript } from './script.js'

/** The next number of a counter: keys of users and devices are never given twice. */
export const NEXT = writeScript("return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)")

/**
 * Keys: counters, the user, the index of its username, where the creation has a name the key of that, and all the user's
 * indices. Arguments: key, profile, password's hash or nothing, 1 where the creation has a name.
 */
export const CREATE = writeScript(`
local pk, isNamed = ARGV[1], ARGV[4] == '1'
if isNamed and redis.call('EXISTS', KEYS[4]) == 1 then return 'exists' end
if redis.call('ZCARD', KEYS[3]) > 0 then return 'taken' end
redis.call('HSET', KEYS[2], 'version', 1, 'profile', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], 'password', ARGV[3]) end
if isNamed then redis.call('HSET', KEYS[4], 'user', pk) end
local place = redis.call('HINCRBY', KEYS[1], 'places', 1)
for i = isNamed and 5 or 4, #KEYS do redis.call('ZADD', KEYS[i], place, pk) end
return 'done'
`)

/**
 * Keys: counters, the user, the index of its username, indices that it leaves, indices that it has. Arguments: key, version
 * that is replaced, profile, how many indices it leaves, and what becomes of the password: keep, clear, or set with the hash.
 */
export const UPDATE = writeScript(`
local pk, leaves = ARGV[1], tonumber(ARGV[4])
local version = redis.call('HGET', KEYS[2], 'version')
if not version then return 'gone' end
if version ~= ARGV[2] then return 'moved' end
local holder = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
if holder and holder ~= pk then return 'taken' end
for i = 4, 3 + leaves do redis.call('ZREM', KEYS[i], pk) end
-- Whoever is in an index already keeps the place in it.
local place = redis.call('HINCRBY', KEYS[1], 'places', 1)
for i = 4 + leaves, #KEYS do redis.call('ZADD', KEYS[i], 'NX', place, pk) end
redis.call('HSET', KEYS[2], 'profile', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'version', 1)
if ARGV[5] == 'set' then redis.call('HSET', KEYS[2], 'password', ARGV[6]) end
if ARGV[5] == 'clear' then redis.call('HDEL', KEYS[2], 'password') end
return 'done'
`)

/** Keys: the user, the name of its creation, its indices. Arguments: key, version that is deleted. */
export const DELETE = deleteScript(`
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return 'gone' end
if version ~= ARGV[2] then return 'moved' end
redis.call('DEL', KEYS[1], KEYS[2])
for i = 3, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
return 'done'
`)

/** Of each index the user that has been in it for longest. */
export const HOLDERS = readScript(`
local holders = {}
for i = 1, #KEYS do
  local first = redis.call('ZRANGE', KEYS[i], 0, 0)[1]
  if first then table.insert(holders, first) end
end
return holders
`)

/** Replaces a password's hash by one of the same password, unless the password was changed meanwhile. */
export const RENEW = writeScript(`
if redis.call('HGET', KEYS[1], 'password') == ARGV[1] then redis.call('HSET', KEYS[1], 'password', ARGV[2]) end
return 1
`)

/** Sets fields of a user that is there. */
export const SET_FIELDS = writeScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1
`)

/** Names and values of the fields of a user that are devices, and of when they were used. */
export const DEVICES = readScript(`
local all, found = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  local name = all[i]
  if string.find(name, '^totp ') or string.find(name, '^static ') or string.find(name, '^used ') then
    table.insert(found, name)
    table.insert(found, all[i + 1])
  end
end
return found
`)

/**
 * Sets the fields of a new device of a user that is there. Arguments: the device, what names its addition or nothing, names and
 * values. Returns the device that was added under that name, or nothing where there is no user.
 */
export const ADD_DEVICE = writeScript(`
local device, name = table.remove(ARGV, 1), table.remove(ARGV, 1)
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local added = name ~= '' and redis.call('HGET', KEYS[1], 'added ' .. name)
if added then return added end
redis.call('HSET', KEYS[1], unpack(ARGV))
if name ~= '' then redis.call('HSET', KEYS[1], 'added ' .. name, device) end
return device
`)

/**
 * Takes a time step of a device that is there, above the last one; whoever took the last one under a name may take it again under
 * it. Arguments: device, step, now, name or nothing.
 */
export const USE_STEP = writeScript(`
if redis.call('HEXISTS', KEYS[1], 'totp ' .. ARGV[1]) == 0 then return 0 end
local taken = ARGV[2] .. ' ' .. ARGV[4]
if ARGV[4] ~= '' and redis.call('HGET', KEYS[1], 'taken ' .. ARGV[1]) == taken then return 1 end
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[1], 'step ' .. ARGV[1]) or -1) then return 0 end
redis.call('HSET', KEYS[1], 'step ' .. ARGV[1], ARGV[2], 'used ' .. ARGV[1], ARGV[3], 'taken ' .. ARGV[1], taken)
return 1
`)

/**
 * Takes a single-use code away; whoever took the last one under a name may take it again under it. Arguments: device, digest of
 * the code, now, name or nothing.
 */
export const USE_TOKEN = writeScript(`
local taken = ARGV[2] .. ' ' .. ARGV[4]
if ARGV[4] ~= '' and redis.call('HGET', KEYS[1], 'taken ' .. ARGV[1]) == taken then return 1 end
if redis.call('HDEL', KEYS[1], 'token ' .. ARGV[1] .. ' ' .. ARGV[2]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'used ' .. ARGV[1], ARGV[3], 'taken ' .. ARGV[1], taken)
return 1
`)
