import { readFileSync } from 'node:fs'
import { readSettings, SettingsError } from '../infrastructure/settings/read-settings.ts'
import type { Settings } from '../infrastructure/settings/settings.ts'
import type { Host } from './program.ts'

/** The settings of flags, environment and file. Wrong ones end the process with code 2, and one sentence for each fault. */
export function settingsOf({ argv, env }: Host): Settings {
  try {
    return readSettings({ argv, env, readFile: (path) => readFileSync(path, 'utf8') })
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(2)
  }
}
