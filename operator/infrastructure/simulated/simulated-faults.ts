/** What a simulated machine can be told to do wrong, and how often where nothing is said. */
const usual = { create: Infinity, boot: Infinity, crash: 1, shutdown: 1, remove: Infinity } as const

export type FaultName = keyof typeof usual
export type SimulatedFaults = Readonly<Record<FaultName, number>>

export type FaultsAnswer =
  | { readonly kind: 'faults'; readonly faults: SimulatedFaults }
  | { readonly kind: 'unreadable'; readonly message: string }

const pattern = /^(create|boot|crash|shutdown|remove)(?::([0-9]{1,6}))?$/

/** Reads `create:2,crash`: how often each step is to go wrong; nothing said = never. */
export function simulatedFaults(text = ''): FaultsAnswer {
  const faults: Record<FaultName, number> = { create: 0, boot: 0, crash: 0, shutdown: 0, remove: 0 }
  for (const word of text.split(',').map((part) => part.trim())) {
    if (word === '') continue
    const [, name, times] = pattern.exec(word) ?? []
    if (name === undefined) return { kind: 'unreadable', message: unreadable(word) }
    faults[name as FaultName] = times === undefined ? usual[name as FaultName] : Number(times)
  }
  return { kind: 'faults', faults }
}

function unreadable(word: string): string {
  const allowed = Object.keys(usual).join(', ')
  return `annotation kbnt.io/simulate: "${word}" is not one of ${allowed}, each with a number of times such as create:2`
}
