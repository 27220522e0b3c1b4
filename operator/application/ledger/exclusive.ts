/** Work of which never two parts run at once. */
export interface Exclusive {
  readonly busy: boolean
  /** Runs `work`; whoever calls must know that nothing else runs. */
  run(work: () => Promise<void>): Promise<void>
  /** Resolves when nothing runs. */
  idle(): Promise<void>
}

export function exclusive(): Exclusive {
  let busy = false
  const waiters: (() => void)[] = []
  return {
    get busy() {
      return busy
    },
    async run(work) {
      busy = true
      try {
        await work()
      } finally {
        busy = false
        for (const resolve of waiters.splice(0)) resolve()
      }
    },
    idle: () => (busy ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve()),
  }
}
