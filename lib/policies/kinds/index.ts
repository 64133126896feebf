import type { PolicyKind } from '../policy-kind.js'
import { dummyPolicy } from './dummy.js'
import { expressionPolicy } from './expression.js'
import { passwordExpiryPolicy } from './password-expiry.js'
import { passwordPolicy } from './password.js'
import { reputationPolicy } from './reputation.js'

/** The kinds of policy that the package brings. */
export const builtInPolicyKinds: readonly PolicyKind[] = [
  expressionPolicy, dummyPolicy, passwordPolicy, reputationPolicy, passwordExpiryPolicy
]
