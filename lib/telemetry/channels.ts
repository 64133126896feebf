import { channel } from 'node:diagnostics_channel'
import type { Verdict } from '../policies/verdict.js'

/** A plan was made, or could not be. */
export interface PlanMessage {
  /** The flow's slug. */
  readonly flow: string
  readonly result: 'planned' | 'refused' | 'empty' | 'failed'
  /** Whether the plan came from the plan cache. */
  readonly cached: boolean
  /** How many bindings it has. */
  readonly bindings: number
  /** Milliseconds. */
  readonly duration: number
}

/** A policy binding was asked. */
export interface VerdictMessage {
  readonly flow: string
  /** With its duration in milliseconds. */
  readonly verdict: Verdict
}

/** Something happened in a run, and is written. */
export interface StageMessage {
  readonly flow: string
  /** Names the run; it is no secret and opens nothing. */
  readonly run: string
  /** The stage's name and kind; null where it is about no stage. */
  readonly stage: string | null
  readonly kind: string | null
  /** The method of the request that did it. */
  readonly method: string
  /** Milliseconds that the stage took: to make its challenge, or to judge the answer; 0 where none was asked. */
  readonly duration: number
  /** What was wrong with a refused answer: fields and codes, never what was typed. Empty otherwise. */
  readonly faults: readonly { readonly field: string | null, readonly code: string }[]
}

/** The names of the channels of `node:diagnostics_channel`, by what is told there. */
export const CHANNELS = {
  plan: 'fastify-flow-planner:plan',
  verdict: 'fastify-flow-planner:verdict',
  challenge: 'fastify-flow-planner:challenge',
  pass: 'fastify-flow-planner:pass',
  refuse: 'fastify-flow-planner:refuse',
  deny: 'fastify-flow-planner:deny',
  end: 'fastify-flow-planner:end'
} as const

const plans = channel(CHANNELS.plan)
const verdicts = channel(CHANNELS.verdict)

const stages = {
  challenge: channel(CHANNELS.challenge),
  passed: channel(CHANNELS.pass),
  refused: channel(CHANNELS.refuse),
  denied: channel(CHANNELS.deny),
  ended: channel(CHANNELS.end),
  cancelled: channel(CHANNELS.end)
}

const TOLD = Object.values(stages)

/** The happenings of a run that are told. */
export type ToldKind = keyof typeof stages

/** Whether somebody listens to plans; where nobody does, nothing is measured. */
export const isPlanHeard = (): boolean => plans.hasSubscribers

/** Tells of a plan. */
export const tellPlan = (message: PlanMessage): void => plans.publish(message)

/** Tells of a verdict; `make` is called only where somebody listens. */
export function tellVerdict (make: () => VerdictMessage): void {
  if (verdicts.hasSubscribers) verdicts.publish(make())
}

/** Whether somebody listens to what happens in runs; where nobody does, nothing is measured. */
export const isAnyHeard = (): boolean => TOLD.some(({ hasSubscribers }) => hasSubscribers)

/** Whether a happening of this kind is told, and somebody listens. */
export function isHeard (kind: string): kind is ToldKind {
  return isTold(kind) && stages[kind].hasSubscribers
}

function isTold (kind: string): kind is ToldKind {
  return Object.hasOwn(stages, kind)
}

/** Tells of something that happened in a run. */
export function tellStage (kind: ToldKind, message: StageMessage): void {
  stages[kind].publish(message)
}
