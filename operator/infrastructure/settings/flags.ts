import { suggestion } from '../../domain/nearest.ts'
import { type SettingSource, settingSources } from './setting-sources.ts'

/** `--name value`, `--name=value`, `--name` alone, or a word that belongs to no flag. */
interface Token {
  readonly name?: string
  readonly value?: string
}

export interface Flags {
  readonly values: ReadonlyMap<string, string>
  readonly faults: readonly string[]
}

function tokenOf(argument: string): Token {
  const [, name, value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? []
  if (name === undefined) return { value: argument }
  return value === undefined ? { name } : { name, value }
}

function tokensOf(argv: readonly string[]): Token[] {
  const tokens: Token[] = []
  for (const token of argv.map(tokenOf)) {
    const last = tokens.at(-1)
    const wanted = last?.name !== undefined && last.value === undefined
    if (wanted && token.name === undefined) Object.assign(last, token)
    else tokens.push(token)
  }
  return tokens
}

function faultOf({ name, value }: Token, known: ReadonlyMap<string, SettingSource>): string | undefined {
  if (name === undefined) return `"${value}" is not a flag`
  const source = known.get(name)
  if (!source) return `unknown flag --${name}${suggestion(name, [...known.keys()], '--')}`
  return value === undefined ? `--${name} needs a value: ${source.argument}` : undefined
}

/** Splits a command line; a flag given twice has its last value. */
export function flagsOf(argv: readonly string[]): Flags {
  const known = new Map(settingSources.map((source) => [source.flag, source]))
  const values = new Map<string, string>()
  const faults: string[] = []
  for (const token of tokensOf(argv)) {
    const fault = faultOf(token, known)
    if (fault !== undefined) faults.push(fault)
    else values.set(token.name as string, token.value as string)
  }
  return { values, faults }
}
