export type Faults<Name extends string> = Readonly<Record<Name, number>>

export type FaultsAnswer<Name extends string> =
  | { readonly kind: 'faults'; readonly faults: Faults<Name> }
  | { readonly kind: 'unreadable'; readonly message: string }

/** What a simulated machine can be told to do wrong, and how often where nothing is said. */
const ofMachines = { create: Infinity, boot: Infinity, crash: 1, shutdown: 1, remove: Infinity } as const
/** The same of a simulated storage. */
const ofStorages = { create: Infinity, allocate: Infinity, lose: Infinity, remove: Infinity } as const

/** The same of a simulated network. */
const ofNetworks = { create: Infinity, remove: Infinity } as const

export type SimulatedFaults = Faults<keyof typeof ofMachines>
export type SimulatedStorageFaults = Faults<keyof typeof ofStorages>

export type SimulatedNetworkFaults = Faults<keyof typeof ofNetworks>

/** Reads `create:2,crash`: how often each step is to go wrong; nothing said = never. */
export function simulatedFaults(text?: string): FaultsAnswer<keyof typeof ofMachines> {
  return faultsIn(text, ofMachines)
}

export function simulatedStorageFaults(text?: string): FaultsAnswer<keyof typeof ofStorages> {
  return faultsIn(text, ofStorages)
}

export function simulatedNetworkFaults(text?: string): FaultsAnswer<keyof typeof ofNetworks> {
  return faultsIn(text, ofNetworks)
}

const pattern = /^([a-z]+)(?::([0-9]{1,6}))?$/

function faultsIn<Name extends string>(text = '', usual: Faults<Name>): FaultsAnswer<Name> {
  const names = Object.keys(usual) as Name[]
  const faults = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
  for (const word of text.split(',').map((part) => part.trim())) {
    if (word === '') continue
    const [, said, times] = pattern.exec(word) ?? []
    const name = names.find((known) => known === said)
    if (name === undefined) return { kind: 'unreadable', message: unreadable(word, names) }
    faults[name] = times === undefined ? usual[name] : Number(times)
  }
  return { kind: 'faults', faults }
}

function unreadable(word: string, names: readonly string[]): string {
  return `annotation kbnt.io/simulate: "${word}" is not one of ${names.join(', ')}, each with a number of times such as create:2`
}
