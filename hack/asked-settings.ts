import { readFileSync } from 'node:fs'
import { readSettings } from '../operator/infrastructure/settings/read-settings.ts'
import type { Settings } from '../operator/infrastructure/settings/settings.ts'

/** The settings that a command's --config and --kafka-brokers name; brokers come from $KBNT_KAFKA_BROKERS, too. Throws where they are wrong. */
export function askedSettings(config: string | undefined, brokers: string | undefined): Settings {
  const argv = [...(config === undefined ? [] : ['--config', config]), ...(brokers ? ['--kafka-brokers', brokers] : [])]
  const env = { KBNT_KAFKA_BROKERS: process.env['KBNT_KAFKA_BROKERS'] }
  return readSettings({ argv, env, readFile: (path) => readFileSync(path, 'utf8') })
}
