/** The process has ended: what it was about to do does not happen. */
export class Crash extends Error {}

/** The n-th call that leaves the process, counted from 1, and on which side of it the process ends. */
export interface CrashPoint {
  readonly call: number
  /** `before`: the call is not made. `after`: it is, and nobody hears its answer. */
  readonly side: 'before' | 'after'
}

export interface CrashPoints {
  wrap<T extends object>(port: T): T
  /** How many calls were made. */
  readonly calls: number
}

/** Has calls of the named methods throw at these points; all others go through. */
export function crashPoints(methods: readonly string[], points: readonly CrashPoint[]): CrashPoints {
  const outgoing = new Set(methods)
  let calls = 0
  const crashes = (call: number, side: CrashPoint['side']) =>
    points.some((point) => point.call === call && point.side === side)

  return {
    get calls() {
      return calls
    },
    wrap: <T extends object>(port: T): T =>
      new Proxy(port, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function' || !outgoing.has(String(name))) return value
          return async (...given: unknown[]) => {
            calls += 1
            const call = calls
            if (crashes(call, 'before')) throw new Crash(`before call ${call}, ${String(name)}`)
            const answer = await Reflect.apply(value, target, given)
            if (crashes(call, 'after')) throw new Crash(`after call ${call}, ${String(name)}`)
            return answer
          }
        },
      }),
  }
}
