/** A reservation or a machine, as far as it says how it is. */
export interface Sample {
  readonly metadata: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly status?: { readonly phase?: string; readonly reason?: string; readonly message?: string }
}

/** What a sample says that it comes to. */
export interface Expectation {
  /** Of the kind, so that a machine and a reservation may have the same name. */
  readonly key: string
  readonly phase: string
  /** Absent: any. */
  readonly reason: string | undefined
}

const EXPECTATION = 'kbnt.io/sample-expects'

/** Unique among everything in the story's namespace. */
export function keyIn(kind: string, { metadata }: Pick<Sample, 'metadata'>): string {
  return `${kind} ${metadata.name}`
}

/** None for what is no sample. */
export function expectationsOf(kind: string, samples: readonly Sample[]): Expectation[] {
  return samples.flatMap((sample) => {
    const [phase, reason] = sample.metadata.annotations?.[EXPECTATION]?.split('/') ?? []
    return phase === undefined ? [] : [{ key: keyIn(kind, sample), phase, reason }]
  })
}

export function isMet({ phase, reason }: Expectation, sample: Sample | undefined): boolean {
  return sample?.status?.phase === phase && (reason === undefined || sample.status.reason === reason)
}

const FINAL = new Set(['Rejected', 'Expired', 'Released', 'Failed'])

/** Whether it has ended in another state, so that waiting on would be in vain. */
export function isMissed(expectation: Expectation, sample: Sample | undefined): boolean {
  return FINAL.has(sample?.status?.phase ?? '') && !isMet(expectation, sample)
}

/** What each of them is instead. */
export function unmetText(unmet: readonly Expectation[], seen: ReadonlyMap<string, Sample>): string {
  const lines = unmet.map(({ key, phase, reason }) => {
    const status = seen.get(key)?.status
    const found = status ? `${status.phase}/${status.reason}: ${status.message}` : 'not decided'
    return `${key}: expected ${phase}${reason === undefined ? '' : `/${reason}`}, is ${found}`
  })
  return `not every sample came to its expected state:\n  ${lines.join('\n  ')}`
}
