import { type Run, type SimulationOptions, simulate } from '../test/simulation/world/simulate.ts'
import { type Feature, features, type Mode, modes } from '../test/simulation/world/world-kinds.ts'
import { badUsage, commandLine } from './command-line.ts'

const usage = `Runs worlds that are made from seeds, in virtual time, and judges everything that happens in them.

  npm run simulate -- [flags]

  --seeds N        so many worlds; default 1
  --seed S         the seed of the first; one world alone prints its trace; default 1
  --steps N        how much happens in a world before its faults end; default 120
  --mode MODE      ${modes.join(' or ')}; default: drawn from the seed
  --with FEATURE   what happens in every world besides, may be repeated:
                   ${features.join(' ')}

Ends with 0 when no world has failed, else with 1.
`

interface Asked {
  readonly first: number
  readonly seeds: number
  readonly options: SimulationOptions
  /** What a replay of one seed has to be told besides. */
  readonly replay: string
}

function asked(): Asked {
  const { values } = commandLine(usage, {
    options: {
      seeds: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '120' },
      mode: { type: 'string' },
      with: { type: 'string', multiple: true, default: [] },
    },
  })
  const numbers = [values.seed, values.seeds, values.steps].map(Number)
  const [first = 0, seeds = 0, steps = 0] = numbers
  const mode = modes.find((one) => one === values.mode)
  const extra = values.with.filter((one): one is Feature => features.some((feature) => feature === one))
  const isKnown = mode === values.mode && extra.length === values.with.length
  if (!numbers.every((n) => Number.isSafeInteger(n) && n > 0))
    badUsage(usage, '--seed, --seeds and --steps take whole numbers from 1 on')
  if (!isKnown) badUsage(usage, 'there is no such mode or feature')
  const replay = [mode && `--mode ${mode}`, ...extra.map((one) => `--with ${one}`), steps !== 120 && `--steps ${steps}`]
  return { first, seeds, options: { steps, mode, features: extra }, replay: replay.filter(Boolean).join(' ') }
}

/** Runs worlds from seeds; one seed alone shows everything that happened in it. */
async function main({ first, seeds, options, replay }: Asked): Promise<number> {
  const runs: Omit<Run, 'trace'>[] = []
  for (let seed = first; seed < first + seeds; seed += 1) {
    const { trace, ...run } = await simulate(seed, { ...options, keepTrace: seeds === 1 })
    for (const line of trace) console.log(line)
    runs.push(run)
    if (run.failure !== undefined)
      console.log(`seed ${seed} (${run.mode}): ${run.failure}\n  npm run simulate -- --seed ${seed} ${replay}`)
  }
  for (const mode of modes) console.log(summaryOf(mode, runs))
  return runs.some(({ failure }) => failure !== undefined) ? 1 : 0
}

function summaryOf(mode: Mode, runs: readonly Omit<Run, 'trace'>[]): string {
  const own = runs.filter((run) => run.mode === mode)
  const entries = own.reduce((sum, run) => sum + run.entries, 0)
  const failed = own.filter(({ failure }) => failure !== undefined).length
  return `${mode}: ${own.length} worlds, ${entries} entries, ${failed} failed`
}

process.exitCode = await main(asked())
