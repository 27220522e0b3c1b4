import { messageOf } from '../../application/message-of.ts'
import { flagLines } from '../../infrastructure/settings/setting-sources.ts'
import type { Program } from '../program.ts'
import { settingsOf } from '../settings-of.ts'

/** Exit codes: 0 = done, 1 = could not be done, 2 = wrong settings. */
export const prepareUninstall: Program = {
  name: 'prepare-uninstall',
  meaning: 'stops the operator and takes its finalizers off, before it is removed',
  flags: flagLines('prepare-uninstall'),
  async run(host) {
    const settings = settingsOf(host)
    try {
      const { stopAndRelease } = await import('./stop-and-release.ts') // others of the image need none of its libraries
      const done = await stopAndRelease(settings, host)
      process.stdout.write(`${done}\n`)
    } catch (error) {
      process.stderr.write(`the uninstall could not be prepared: ${messageOf(error)}\n`)
      process.exit(1)
    }
  },
}
