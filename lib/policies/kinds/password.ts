import { Type, type Static } from '@sinclair/typebox'
import { Sensitive } from '../../context/sensitive.js'
import { DefinitionError } from '../../errors.js'
import { Count, Text } from '../../model/scalars.js'
import type { PolicyAnswer, PolicyKind, PolicyRequest } from '../policy-kind.js'
import { judgeStrength } from './password-strength.js'

const options = Type.Object({
  /** The key of the password in what prompts have gathered, else in the context. */
  passwordField: Text({ default: 'password' }),
  checkStaticRules: Type.Boolean({ default: true }),
  checkHaveIBeenPwned: Type.Boolean({ default: false }),
  checkZxcvbn: Type.Boolean({ default: false }),
  amountDigits: Count({ default: 0 }),
  amountUppercase: Count({ default: 0 }),
  amountLowercase: Count({ default: 0 }),
  amountSymbols: Count({ default: 0 }),
  /** In characters. */
  lengthMin: Count({ default: 0 }),
  symbolCharset: Type.String({ default: '!\\"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ' }),
  errorMessage: Type.String({ default: '' }),
  /** Without effect, as no breach list is asked. */
  hibpAllowedCount: Count({ default: 0 }),
  /** A score from 0 to 4 that is not enough. */
  zxcvbnScoreThreshold: Count({ default: 2 })
}, { additionalProperties: false })

/** The options of a password policy. */
export interface PasswordPolicyOptions extends Static<typeof options> {}

const refusal = (...messages: readonly string[]): PolicyAnswer => ({ passing: false, messages })

/**
 * Passes where a new password is long, varied and unguessable enough.
 *
 * Not pure: the password is in the context.
 */
export const passwordPolicy = {
  kind: 'password',
  model: 'authentik_policies_password.passwordpolicy',
  component: 'ak-policy-password-form',
  verboseName: 'Password Policy',
  verboseNamePlural: 'Password Policies',
  options,
  usesSecrets: true,
  prepare ({ name, options }) {
    if (options.checkHaveIBeenPwned) {
      throw new DefinitionError(`Policy '${name}', field 'checkHaveIBeenPwned'`, 'no policy looks anything up in the network: set it to false, and either set \'checkZxcvbn\', which knows common passwords, or ask a breach list in a policy function or kind of your own')
    }
    return { pure: false, evaluate: (request) => judge(options, request) }
  }
} satisfies PolicyKind<typeof options>

function judge (options: PasswordPolicyOptions, request: PolicyRequest): PolicyAnswer | Promise<PolicyAnswer> {
  const password = passwordIn(request, options.passwordField)
  if (password === '') return refusal('Password not set in context')
  if (options.checkStaticRules && !fitsRules(password, options)) return refusal(options.errorMessage || 'Invalid password.')
  return options.checkZxcvbn ? judgeGuessing(password, options, request) : true
}

function passwordIn ({ context }: PolicyRequest, field: string): string {
  const gathered = context.prompt_data ?? {}
  const value = Object.hasOwn(gathered, field) ? gathered[field] : Object.hasOwn(context, field) ? context[field] : undefined
  const password = value instanceof Sensitive ? value.reveal() : value
  return typeof password === 'string' ? password : ''
}

function fitsRules (password: string, options: PasswordPolicyOptions): boolean {
  const characters = [...password]
  const symbols = new Set(options.symbolCharset)
  const count = (fits: (character: string) => boolean): number => characters.filter(fits).length
  return characters.length >= options.lengthMin &&
    count((character) => character >= '0' && character <= '9') >= options.amountDigits &&
    count((character) => character >= 'a' && character <= 'z') >= options.amountLowercase &&
    count((character) => character >= 'A' && character <= 'Z') >= options.amountUppercase &&
    count((character) => symbols.has(character)) >= options.amountSymbols
}

async function judgeGuessing (password: string, options: PasswordPolicyOptions, { user }: PolicyRequest): Promise<PolicyAnswer> {
  const known = user === null ? [] : [user.username, user.name, user.email]
  const { score, suggestions } = await judgeStrength(password, known)
  return score > options.zxcvbnScoreThreshold || refusal('Password is too weak.', ...suggestions)
}
