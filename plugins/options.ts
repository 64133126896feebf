import { Type, type TObject } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { AttemptLimits } from '../lib/attempts/attempt-budgets.js'
import type { AttemptStore } from '../lib/attempts/attempt-store.js'
import { OptionsError } from '../lib/errors.js'
import type { Definitions } from '../lib/model/definitions.js'
import { checkRedirect } from '../lib/redirect/own-path.js'
import type { RegistryOptions } from '../lib/registry/registry.js'
import type { RequestFacts } from '../lib/request-facts.js'
import type { RunStore } from '../lib/runs/run-store.js'
import type { SignInStore } from '../lib/sign-in/sign-in-store.js'
import type { ReputationStore } from '../lib/users/reputation.js'
import type { UserStore } from '../lib/users/user-store.js'
import type { CanInspect } from './inspection-access.js'
import { BrandSchema, LANGUAGE_TAG, LanguagesSchema } from './pages/options-schema.js'
import type { Brand } from './pages/brand.js'
import type { Language } from './pages/texts/language.js'

/** Options of the plugin. */
export interface FlowPlannerOptions extends RegistryOptions {
  /** The flows and what they are made of: from `define` or `loadBlueprints`. */
  readonly definitions: Definitions
  /** Where users are. Defaults to a `MemoryUserStore` with the users of the definitions. */
  readonly users?: UserStore
  /** Where reputation scores are. Defaults to a `MemoryReputationStore`. */
  readonly reputation?: ReputationStore
  /** Where runs are. Defaults to a `MemoryRunStore`: one process, lost when it ends. */
  readonly runs?: RunStore
  /** Where sign-ins are. Defaults to a `MemorySignInStore`: one process, lost when it ends. */
  readonly signIns?: SignInStore
  /** Where attempts are counted. Defaults to a `MemoryAttemptStore`: one process. */
  readonly attempts?: AttemptStore
  /**
   * How many attempts at passwords, codes and the like are taken before somebody has to wait (429). Defaults to 20 a run, 20 an
   * identifier and 500 an address in 900 seconds; `false` counts none.
   */
  readonly attemptLimits?: AttemptLimits | false
  /** Who may inspect a run. Defaults to signed-in superusers. */
  readonly canInspect?: CanInspect
  /** Who may simulate a flow. Defaults to signed-in superusers. */
  readonly canSimulate?: CanInspect
  /**
   * Whether runs are recorded as they are walked, so that they can be exported and replayed. Recordings hold what was typed but
   * no secrets, and names and addresses of the users concerned. Defaults to no, which costs nothing.
   */
  readonly recordRuns?: boolean
  /** Whether a request comes from a trusted outpost (`require_outpost`). At once: a promise counts as no. Defaults to no. */
  readonly isOutpost?: (headers: RequestFacts['headers']) => boolean
  /**
   * The security scheme that the OpenAPI document names for the inspector, `authentik` in the published one. The app must have
   * declared it to `@fastify/swagger`. Defaults to none.
   */
  readonly securityScheme?: string
  /** Bytes that the body of a request to the API may have. Defaults to 262,144. */
  readonly bodyLimit?: number
  /** Where the API is. Defaults to `/api/v3`. */
  readonly apiPrefix?: string
  /** Whether the pages under `/if/flow/{slug}/` are served. Defaults to true. */
  readonly pages?: boolean
  /** What the pages are headed with, and how they look. Defaults to no heading and the package's own look. */
  readonly brand?: Brand
  /** The one language that all pages are in. Without it the browser's wish decides between those that there are. */
  readonly language?: string
  /** What the pages say, by language tag: new languages, and other texts for `en` and `de`, which the package comes with. */
  readonly languages?: Readonly<Record<string, Language>>
  /** Slug of the flow that signs people in. Defaults to the first flow for `authentication`, by slug. */
  readonly signInFlow?: string
  /** Where a flow ends that was not told where to. Defaults to `/`. */
  readonly defaultRedirect?: string
  /** Seconds that a run may take from its start. Defaults to 1800. */
  readonly runMaxAge?: number
  /** Restarts that a run may make. Defaults to 10. */
  readonly maxRestarts?: number
  /**
   * Whether an answer must bring the `step_token` of the challenge that it answers, and a cancellation that of a challenge on
   * show. Our own pages always send it; the published client does not know it. Defaults to false: a token is checked where
   * it comes.
   */
  readonly requireStepToken?: boolean
  /**
   * Whether spans are made where `@opentelemetry/api` is installed and a tracer provider is registered when the app is ready.
   * Defaults to true.
   */
  readonly tracing?: boolean
  /** Plans kept in the cache at most; 0 turns it off. Defaults to 1000. */
  readonly planCacheSize?: number
  /**
   * Keys of 32 bytes that seal what a live run needs and nobody may read, and what is handed to the user store of a device: the
   * seed of an authenticator app, single-use codes. The first seals, all open. Defaults to one made at the start, which goes with
   * the default run store; devices are sealed by keys that are given only.
   */
  readonly sealKeys?: readonly Uint8Array[]
  /** Milliseconds since the epoch. Defaults to `Date.now`. */
  readonly now?: () => number
  /** Unpredictable bytes. Defaults to `node:crypto`'s. */
  readonly randomBytes?: (length: number) => Uint8Array
  /** A new random UUID. Defaults to `node:crypto`'s. */
  readonly newId?: () => string
}

const callable = Type.Optional(Type.Unsafe(Type.Function([], Type.Unknown())))
const anObject = Type.Optional(Type.Object({}))

/** The methods that a store must have. */
const methods = <Store>(...names: readonly (keyof Store & string)[]) => names

const STORES = {
  users: methods<UserStore>('get', 'find', 'verifyPassword', 'create', 'update', 'setPassword', 'delete', 'devices', 'addDevice',
    'useTotpStep', 'useStaticToken', 'consent', 'saveConsent'),
  reputation: methods<ReputationStore>('adjust', 'score'),
  runs: methods<RunStore>('load', 'create', 'compareAndSet', 'delete'),
  signIns: methods<SignInStore>('load', 'create', 'replace', 'delete', 'deleteAllOf'),
  attempts: methods<AttemptStore>('take', 'giveBack')
}

const DEFINITION_LISTS = ['flows', 'stages', 'bindings', 'policies', 'policyBindings', 'prompts', 'groups', 'users']

const OptionsSchema: TObject = Type.Object({
  definitions: Type.Object(Object.fromEntries(DEFINITION_LISTS.map((list) => [list, Type.Array(Type.Unknown())]))),
  stageKinds: Type.Optional(Type.Array(Type.Object({ kind: Type.String() }))),
  policyKinds: Type.Optional(Type.Array(Type.Object({ kind: Type.String() }))),
  policies: Type.Optional(Type.Record(Type.String(), Type.Function([], Type.Unknown()))),
  prompts: anObject,
  users: anObject,
  reputation: anObject,
  runs: anObject,
  signIns: anObject,
  attempts: anObject,
  attemptLimits: Type.Optional(Type.Union([Type.Literal(false), Type.Object({})])),
  canInspect: callable,
  canSimulate: callable,
  recordRuns: Type.Optional(Type.Boolean()),
  isOutpost: callable,
  bodyLimit: Type.Optional(Type.Integer({ minimum: 1 })),
  apiPrefix: Type.Optional(Type.String({ pattern: '^(/[-a-zA-Z0-9_.]+)*$' })),
  securityScheme: Type.Optional(Type.String({ minLength: 1 })),
  pages: Type.Optional(Type.Boolean()),
  brand: Type.Optional(BrandSchema),
  language: Type.Optional(Type.String({ pattern: LANGUAGE_TAG })),
  languages: Type.Optional(LanguagesSchema),
  signInFlow: Type.Optional(Type.String()),
  defaultRedirect: Type.Optional(Type.String()),
  runMaxAge: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  maxRestarts: Type.Optional(Type.Integer({ minimum: 0 })),
  requireStepToken: Type.Optional(Type.Boolean()),
  tracing: Type.Optional(Type.Boolean()),
  planCacheSize: Type.Optional(Type.Integer({ minimum: 0 })),
  sealKeys: Type.Optional(Type.Array(Type.Uint8Array({ minByteLength: 32, maxByteLength: 32 }), { minItems: 1 })),
  now: callable,
  randomBytes: callable,
  newId: callable
}, { additionalProperties: false })

/** Fastify takes these for every plugin, from the same object as its options. */
const FASTIFY_OPTIONS = new Set(['prefix', 'logLevel', 'logSerializers'])

/**
 * Refuses wrong options when the plugin is registered.
 *
 * @param scopePrefix what the scope puts before the paths of its routes.
 * @throws OptionsError that names the option and what would be right.
 */
export function requireOptions (options: FlowPlannerOptions, scopePrefix: string): void {
  // The URLs in challenges and pages begin at the root: below a prefix they would lead nowhere.
  if (scopePrefix !== '' || ('prefix' in options && options.prefix !== undefined && options.prefix !== '')) {
    refuse('prefix', "register the plugin without one, in the app itself or in a scope without one; 'apiPrefix' says where the API is")
  }
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !FASTIFY_OPTIONS.has(name)))
  const fault = Value.Errors(OptionsSchema, own).First()
  if (fault !== undefined) refuse(fault.path.slice(1).replaceAll('/', '.'), fault.message)
  for (const [name, names] of Object.entries(STORES)) requireMethods(name, own[name], names)
  const { defaultRedirect } = options
  if (defaultRedirect !== undefined && checkRedirect(defaultRedirect) === undefined) {
    refuse('defaultRedirect', "must be a path of this origin that every browser takes for one, such as '/home'")
  }
}

/** TypeBox looks for an object's own members only, and those of a class are not. */
function requireMethods (name: string, store: unknown, names: readonly string[]): void {
  const missing = store === undefined ? undefined : names.find((method) => typeof Object(store)[method] !== 'function')
  if (missing !== undefined) refuse(name, `must have the method '${missing}'`)
}

function refuse (name: string, what: string): never {
  throw new OptionsError(`option '${name}': ${what}`)
}
