import { parseArgs } from 'node:util'
import { simulate } from '../test/simulation/world/simulate.ts'

const usage = 'usage: npm run simulate -- [--seeds N] [--seed S] [--steps N]   (one seed prints its trace)'

/** Runs worlds from seeds; one seed alone shows everything that happened in it. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string' }, seed: { type: 'string', default: '1' }, steps: { type: 'string' } },
  })
  const first = Number(values.seed)
  const seeds = Number(values.seeds ?? 1)
  const steps = values.steps === undefined ? {} : { steps: Number(values.steps) }
  if (![first, seeds].every((n) => Number.isSafeInteger(n) && n > 0)) {
    console.error(usage)
    return 2
  }
  let failed = 0
  let entries = 0
  for (let seed = first; seed < first + seeds; seed += 1) {
    const run = await simulate(seed, { keepTrace: seeds === 1, ...steps })
    entries += run.entries
    for (const line of run.trace) console.log(line)
    if (run.failure === undefined) continue
    failed += 1
    console.log(`seed ${seed}: ${run.failure}\n  npm run simulate -- --seed ${seed}`)
  }
  console.log(`${seeds} worlds, ${entries} entries, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

process.exitCode = await main()
