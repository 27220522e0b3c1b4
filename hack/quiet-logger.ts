import type { Logger } from '../operator/application/logger.ts'

/** For commands that say by themselves what people are to know. */
export const quiet: Logger = {
  ...{ debug() {}, info() {}, warn() {}, error() {} },
  child: () => quiet,
  enabled: () => false,
}
