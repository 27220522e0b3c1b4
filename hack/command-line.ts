import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What a command was given. Ends the process where it has nothing to do: after `--help`, and with 2 where flags make no sense. */
export function commandLine<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.slice(2).includes('--help')) {
    process.stdout.write(usage)
    process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (error) {
    return badUsage(usage, complaintOf(error))
  }
}

/** Without the hint that follows, which speaks of arguments that no command of ours takes. */
function complaintOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('. To specify ', 1)[0] ?? message
}

/** Says what makes no sense, and how it is meant; ends the process with 2. */
export function badUsage(usage: string, complaint: string): never {
  process.stderr.write(`${complaint}\n\n${usage}`)
  process.exit(2)
}
