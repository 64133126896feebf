import type { IncomingMessage } from 'node:http'

const ARRIVED_AT: unique symbol = Symbol('arrivedAt')

declare module 'node:http' {
  interface IncomingMessage {
    /** When it arrived, by the clock that its server's requests are noted by. */
    [ARRIVED_AT]?: number
  }
}

/** Notes when a request has arrived, by the clock; of two notes the first is right. */
export function noteArrival (request: IncomingMessage, arrivedAt: number): void {
  request[ARRIVED_AT] ??= arrivedAt
}

/** Whether it is noted when a request has arrived. */
export function isNoted (request: IncomingMessage): boolean {
  return request[ARRIVED_AT] !== undefined
}

/** When a request arrived, by the clock; now, where nobody has noted it. */
export function arrivalOf (request: IncomingMessage, clock: () => number): number {
  return request[ARRIVED_AT] ?? clock()
}
