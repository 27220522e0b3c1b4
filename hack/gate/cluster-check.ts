import { whatIsMissing } from '../cluster/whats-missing.ts'
import { mochaSuite } from './mocha-suite.ts'
import { checked, type GateStep } from './outcome.ts'

/** The charts on a cluster of one node; passed over, with the reason, where no node can run and nobody `asked` for it. */
export function clusterCheck(asked: boolean, abort: AbortSignal): GateStep {
  const suite = mochaSuite({ name: 'cluster', options: ['--timeout', '60000'], abort })
  return {
    name: suite.name,
    async run(progress) {
      const missing = await whatIsMissing(process.env)
      if (missing === undefined) return suite.run(progress)
      if (asked) return checked(false, missing)
      return { passed: 0, failed: 0, skipped: 1, failures: [], output: `» no node here: ${missing}` }
    },
  }
}
