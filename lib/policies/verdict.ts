/** What became of one policy binding: it passed, failed, could not answer, or was cancelled before it did. */
export type VerdictResult = 'pass' | 'fail' | 'error' | 'cancelled'

/** The verdict of one policy binding. */
export interface Verdict {
  /** Primary key of the policy binding. */
  readonly binding: string
  /** What was asked: the policy's, group's or user's name. */
  readonly name: string
  /** The policy's kind, or `group` or `user`. */
  readonly kind: string
  readonly result: VerdictResult
  /** Whether the policy could not answer, so that the result is an error or the binding's `failure_result`. */
  readonly faulty: boolean
  /** Whether the binding turned the answer round. */
  readonly negated: boolean
  readonly messages: readonly string[]
  /** Milliseconds. */
  readonly duration: number
  /** Whether it was taken from the plan cache. */
  readonly cached: boolean
}

/** What the verdicts of a target come to. */
export interface PolicyOutcome {
  readonly result: 'pass' | 'fail' | 'error'
  /** Of all verdicts, in the order of the bindings. */
  readonly messages: readonly string[]
  readonly verdicts: readonly Verdict[]
  /** Whether every verdict depends on nothing but user and definition. */
  readonly pure: boolean
}
