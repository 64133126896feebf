import { Environment } from '@marcbachmann/cel-js'
import { CelRequest, CelUser } from './cel-activation.js'
import { glob } from './cel-glob.js'

/** What an expression may be made of at most, beside its length; what people write stays far below. */
const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 24,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 4
}

/** The language with the variables of policies and prompts declared. Its parser is not shared with anything else. */
export const environment = new Environment({ limits: LIMITS })
  .registerType('User', { ctor: CelUser, fields: CelUser.fields })
  .registerType('Request', { ctor: CelRequest, fields: CelRequest.fields })
  .registerVariable('user', 'User')
  .registerVariable('context', 'map')
  .registerVariable('request', 'Request')
  .registerVariable('flow_plan', 'map')
  .registerFunction('glob(string, string): bool', glob, { async: false })
