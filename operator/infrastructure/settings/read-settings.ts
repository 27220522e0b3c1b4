import { parseDocument } from 'yaml'
import { messageOf } from '../../application/message-of.ts'
import { parseDurationMs } from '../../domain/duration.ts'
import { coherenceFaults } from './coherence.ts'
import { type Override, overridesFrom } from './overrides.ts'
import { pathText, type SettingFault, settingFaults } from './schema.ts'
import type { Settings } from './settings.ts'
import { type SettingsFile, settingsFromFile } from './settings-file.ts'

export interface SettingsInput {
  /** Without the program's own name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => string
}

/** Settings that can't be used; the message has one line for each fault. */
export class SettingsError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'SettingsError'
    this.faults = faults
  }
}

type Tree = Record<string, unknown>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(readFile: SettingsInput['readFile'], config: string): string {
  try {
    return readFile(config)
  } catch (error) {
    throw new SettingsError([`config ${config}: can't be read: ${messageOf(error)}`])
  }
}

function parsed(text: string, config: string): Tree {
  const document = parseDocument(text)
  if (document.errors.length > 0) {
    throw new SettingsError(
      document.errors.map(({ message }) => `config ${config}: ${message.split('\n')[0]?.replace(/:$/, '')}`),
    )
  }
  const tree: unknown = document.toJS() ?? {}
  if (!isTree(tree)) throw new SettingsError([`config ${config}: ${JSON.stringify(tree)} is not a map of settings`])
  return tree
}

/** Sets what flags and environment say; a group of the file that isn't one stays, for the schema to complain of. */
function override(tree: Tree, { path, value }: Override): void {
  let group = tree
  for (const name of path.slice(0, -1)) {
    group[name] ??= {}
    if (!isTree(group[name])) return
    group = group[name]
  }
  group[path.at(-1) as string] = value
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((name, index) => path[index] === name)
}

/** A fault's line: the flag or variable where one has set the field, else file and path. */
function line({ path, message }: SettingFault, overrides: readonly Override[], file: string): string {
  const origin = overrides.find((candidate) => startsWith(path, candidate.path))
  if (origin) return `${origin.origin}: ${message}`
  return path.length === 0 ? `${file}: ${message}` : `${file}: ${pathText(path)}: ${message}`
}

/** The schema's pattern has let only durations through. */
function milliseconds(duration: string): number {
  const ms = parseDurationMs(duration)
  if (ms === undefined) throw new Error(`not a duration: ${duration}`)
  return ms
}

/**
 * The settings: defaults, then the file of `--config`, then the environment, then flags. Throws a SettingsError that
 * names every wrong one with what was given and what is allowed.
 */
export function readSettings({ argv, env, readFile }: SettingsInput): Settings {
  const { config, kubeconfig, overrides, faults } = overridesFrom(argv, env)
  if (faults.length > 0) throw new SettingsError(faults)
  const tree = config === undefined ? {} : parsed(read(readFile, config), config)
  for (const each of overrides) override(tree, each)
  const refuse = (found: readonly SettingFault[]) => {
    const file = config === undefined ? 'settings' : `config ${config}`
    if (found.length > 0) throw new SettingsError(found.map((fault) => line(fault, overrides, file)))
  }
  refuse(settingFaults(tree))
  const settings = settingsFromFile(tree as unknown as SettingsFile, milliseconds)
  refuse(coherenceFaults(settings))
  return kubeconfig === undefined ? settings : { ...settings, kubeconfig }
}
