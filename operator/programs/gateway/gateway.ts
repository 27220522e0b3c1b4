import { flagLines } from '../../infrastructure/settings/setting-sources.ts'
import { endWhenAsked } from '../end-when-asked.ts'
import type { Program } from '../program.ts'
import { settingsOf } from '../settings-of.ts'

/** Exit codes: 0 = asked to end and done, 1 = could not go on, 2 = wrong settings. */
export const gateway: Program = {
  name: 'gateway',
  meaning: 'answers programs over HTTP, beside the operator',
  flags: flagLines(),
  async run(host) {
    const settings = settingsOf(host)
    try {
      const { runGateway } = await import('./run-gateway.ts') // an operator needs none of its libraries
      const running = await runGateway(settings, host)
      process.on('uncaughtException', running.fatal)
      process.on('unhandledRejection', running.fatal)
      endWhenAsked(running, settings.shutdownGraceMs)
    } catch (error) {
      process.stderr.write(`the gateway could not start: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(1)
    }
  },
}
