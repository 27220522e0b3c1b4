import { messageOf } from '../application/message-of.ts'
import { flagLines } from '../infrastructure/settings/setting-sources.ts'
import type { Settings } from '../infrastructure/settings/settings.ts'
import { endWhenAsked, type Running } from './end-when-asked.ts'
import type { Host, Program } from './program.ts'
import { settingsOf } from './settings-of.ts'

export interface ServiceParts extends Pick<Program, 'name' | 'meaning' | 'about'> {
  /** Throws when it can't begin. */
  start(settings: Settings, host: Host): Promise<Running>
}

/** A program that goes on until it is asked to end. Exit codes: 0 = asked to end and done, 1 = could not go on, 2 = wrong settings. */
export function service({ start, ...said }: ServiceParts): Program {
  const { name } = said
  return {
    ...said,
    flags: flagLines(name),
    async run(host) {
      const settings = settingsOf(host)
      try {
        const running = await start(settings, host)
        process.on('uncaughtException', running.fatal)
        process.on('unhandledRejection', running.fatal)
        endWhenAsked(running, settings.shutdownGraceMs)
      } catch (error) {
        process.stderr.write(`the ${name} could not start: ${messageOf(error)}\n`)
        process.exit(1)
      }
    },
  }
}
