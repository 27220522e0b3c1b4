import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { checked, type GateStep } from './outcome.ts'
import { runCheck } from './program-check.ts'

const generated = [
  join(projectDirectory, 'operator/infrastructure/kubernetes/resources/generated'),
  join(projectDirectory, 'operator/application/gateway/generated'),
  join(projectDirectory, 'docs/reference'),
  join(projectDirectory, 'crds'),
  join(projectDirectory, 'config/events'),
]

/** Generates anew; well when that changed nothing. Compares files, not git: uncommitted work is no fault. */
export function generatedCheck(commands: readonly (readonly string[])[], abort: AbortSignal): GateStep {
  return {
    name: 'generated',
    async run() {
      const before = await digest(generated)
      for (const command of commands) {
        const outcome = await runCheck('generated', command, abort)
        if (outcome.failed > 0) return outcome
      }
      const same = before === (await digest(generated))
      return checked(
        same,
        same ? '' : `${generated.join(', ')}: not as generated; it is now: look at the change and commit it`,
      )
    },
  }
}

async function digest(directories: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const directory of directories) {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name) // what is in folders is written by hand
    for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(directory, file)))
  }
  return hash.digest('hex')
}
