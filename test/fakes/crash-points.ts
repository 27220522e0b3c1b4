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
  /** Runs a process that does nothing more once it has ended: rejects with the Crash, and whoever has called never hears. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** How many calls were made. */
  readonly calls: number
}

/** Has calls of the named methods throw at these points, or not come back where a process is run; all others go through. */
export function crashPoints(methods: readonly string[], points: readonly CrashPoint[]): CrashPoints {
  const outgoing = new Set(methods)
  let calls = 0
  let life: PromiseWithResolvers<never> | undefined
  /** Code that catches what it is told would go on after its end. */
  const end = (crash: Crash): Promise<never> => {
    if (!life) throw crash
    life.reject(crash)
    return new Promise(() => undefined)
  }
  const crashes = (call: number, side: CrashPoint['side']) =>
    points.some((point) => point.call === call && point.side === side)

  return {
    get calls() {
      return calls
    },
    async run(work) {
      life = Promise.withResolvers()
      try {
        return await Promise.race([work(), life.promise])
      } finally {
        life = undefined
      }
    },
    wrap: <T extends object>(port: T): T =>
      new Proxy(port, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function' || !outgoing.has(String(name))) return value
          return async (...given: unknown[]) => {
            calls += 1
            const call = calls
            if (crashes(call, 'before')) await end(new Crash(`before call ${call}, ${String(name)}`))
            const answer = await Reflect.apply(value, target, given)
            if (crashes(call, 'after')) await end(new Crash(`after call ${call}, ${String(name)}`))
            return answer
          }
        },
      }),
  }
}
