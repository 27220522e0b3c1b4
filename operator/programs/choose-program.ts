import { suggestion } from '../domain/nearest.ts'
import type { Program } from './program.ts'

/** What a command line asks for. */
export type Choice =
  | { readonly kind: 'run'; readonly program: Program; readonly argv: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** The first one needs no name: a command line that begins with a flag, or is empty, is its own. */
export type Programs = readonly [Program, ...Program[]]

export function chooseProgram(programs: Programs, argv: readonly string[]): Choice {
  const [name] = argv
  const named = name !== undefined && !name.startsWith('-')
  const program = named ? programs.find((one) => one.name === name) : programs[0]
  if (!program) return { kind: 'unknown', message: unknown(programs, name ?? '') }
  const own = argv.slice(named ? 1 : 0)
  if (!own.includes('--help')) return { kind: 'run', program, argv: own }
  return { kind: 'help', text: named ? helpOf(program) : `${listOf(programs)}\n${helpOf(program)}` }
}

function unknown(programs: Programs, name: string): string {
  const names = programs.map((program) => program.name)
  return `"${name}" is no program of this image (${names.join(', ')})${suggestion(name, names)}`
}

function helpOf({ name, meaning, about, flags }: Program): string {
  return `${about ?? `${name}: ${meaning}`}\n\n${flags}\n`
}

function listOf(programs: Programs): string {
  const lines = programs.map(({ name, meaning }) => `  ${name}`.padEnd(32) + meaning)
  const [usual] = programs
  return ['Programs, chosen by the first argument:', '', ...lines, '', `Without one it is ${usual.name}.`, ''].join(
    '\n',
  )
}
