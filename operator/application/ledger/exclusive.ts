/** Work of which never two parts run at once. */
export class Exclusive {
  #busy = false
  readonly #waiters: (() => void)[] = []

  get busy(): boolean {
    return this.#busy
  }

  /** Runs `work`; whoever calls must know that nothing else runs. */
  async run(work: () => Promise<void>): Promise<void> {
    this.#busy = true
    try {
      await work()
    } finally {
      this.#busy = false
      for (const resolve of this.#waiters.splice(0)) resolve()
    }
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#waiters.push(resolve)) : Promise.resolve()
  }
}
