import { chooseProgram, type Programs } from './choose-program.ts'
import type { Host } from './program.ts'

/** Runs the program that the first argument names. An unknown one ends the process with code 2, as wrong settings do. */
export async function start(programs: Programs, host: Host): Promise<void> {
  const choice = chooseProgram(programs, host.argv)
  switch (choice.kind) {
    case 'run':
      return choice.program.run({ ...host, argv: choice.argv })
    case 'help':
      process.stdout.write(choice.text)
      return
    case 'unknown':
      process.stderr.write(`${choice.message}\n`)
      process.exitCode = 2
      return
  }
}
