import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { checked, type GateStep } from './outcome.ts'
import { runCheck } from './program-check.ts'

const generated = join(projectDirectory, 'operator/infrastructure/kubernetes/resources/generated')

/** Generates anew; well when that changed nothing. Compares files, not git: uncommitted work is no fault. */
export function generatedCheck(command: readonly string[], abort: AbortSignal): GateStep {
  return {
    name: 'generated',
    async run() {
      const before = await digest(generated)
      const outcome = await runCheck('generated', command, abort)
      if (outcome.failed > 0 || before === (await digest(generated))) return outcome
      return checked(false, `${generated} was not what the CRDs say; it is now: look at the change and commit it`)
    },
  }
}

async function digest(directory: string): Promise<string> {
  const hash = createHash('sha256')
  const files = await readdir(directory).catch(() => [])
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(directory, file)))
  return hash.digest('hex')
}
