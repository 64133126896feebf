import { Type, type Static } from '@sinclair/typebox'
import { DefinitionError } from '../../errors.js'
import { andThen } from '../../maybe-promise.js'
import { Int32 } from '../../model/scalars.js'
import type { ReputationQuery } from '../../users/reputation.js'
import type { PolicyKind, PolicyRequest } from '../policy-kind.js'

const options = Type.Object({
  checkIp: Type.Boolean({ default: true }),
  checkUsername: Type.Boolean({ default: true }),
  threshold: Int32({ default: -5 })
}, { additionalProperties: false })

/** The options of a reputation policy. */
export interface ReputationPolicyOptions extends Static<typeof options> {}

/**
 * Passes where the reputation of user or address is *bad*: where the score is not above the threshold. So it guards a
 * stage that only the suspicious have to pass.
 *
 * Not pure: scores change, and the address is the request's.
 */
export const reputationPolicy = {
  kind: 'reputation',
  model: 'authentik_policies_reputation.reputationpolicy',
  component: 'ak-policy-reputation-form',
  verboseName: 'Reputation Policy',
  verboseNamePlural: 'Reputation Policies',
  options,
  prepare ({ name, options }) {
    if (!options.checkIp && !options.checkUsername) {
      throw new DefinitionError(`Policy '${name}', fields 'checkIp' and 'checkUsername'`, 'Either IP or Username must be checked')
    }
    return {
      pure: false,
      evaluate (request) {
        const score = request.services.reputation.score(queryFor(options, request))
        return andThen(score, (sum) => sum <= options.threshold)
      }
    }
  }
} satisfies PolicyKind<typeof options>

function queryFor (options: ReputationPolicyOptions, { user, http }: PolicyRequest): ReputationQuery {
  if (options.checkIp && http === null) throw new Error('The reputation of an address is asked for, but there is no HTTP request')
  return {
    ...(options.checkIp && http !== null ? { ip: http.ip } : {}),
    ...(options.checkUsername && user !== null ? { identifier: user.username } : {})
  }
}
