import { flagsOf } from './flags.ts'
import { type SettingSource, settingSources } from './setting-sources.ts'

/** A setting that a flag or an environment variable sets; `origin` is what to name in a message. */
export interface Override {
  readonly origin: string
  readonly path: readonly [string, ...string[]]
  readonly value: unknown
}

export interface Overrides {
  readonly config?: string
  readonly kubeconfig?: string
  /** Flags come last and so win over the environment. */
  readonly overrides: readonly Override[]
  readonly faults: readonly string[]
}

interface GivenText {
  readonly origin: string
  readonly text: string
}

/** What flags and environment say. An empty variable counts as absent. */
export function overridesFrom(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Overrides {
  const { values, faults } = flagsOf(argv)
  const found = new Map<string, GivenText>()
  for (const { flag, variable } of settingSources) {
    const fromFlag = values.get(flag)
    const text = fromFlag ?? (env[variable] || undefined)
    if (text !== undefined) found.set(flag, { origin: fromFlag === undefined ? variable : `--${flag}`, text })
  }
  const config = found.get('config')?.text
  const kubeconfig = found.get('kubeconfig')?.text
  return {
    ...(config === undefined ? {} : { config }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    overrides: settingSources.flatMap((source) => overrideOf(source, found.get(source.flag))),
    faults,
  }
}

function overrideOf({ path, read = (text) => text }: SettingSource, found: GivenText | undefined): Override[] {
  return path === undefined || found === undefined ? [] : [{ origin: found.origin, path, value: read(found.text) }]
}
