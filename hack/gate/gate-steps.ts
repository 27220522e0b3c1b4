import { join } from 'node:path'
import { clusterCheck } from './cluster-check.ts'
import { coverageCheck } from './coverage-check.ts'
import { generatedCheck } from './generated-check.ts'
import { mochaSuite } from './mocha-suite.ts'
import type { GateStep } from './outcome.ts'
import { programCheck, reportsDirectory } from './program-check.ts'
import { serversCheck } from './servers-check.ts'
import { sideBySide } from './side-by-side.ts'

/** Kills and outages that take minutes each: a run of their own, for whoever asks for it by its name. */
const long = 'test/integration/**/*.long.test.ts'
/**
 * Integration tests mostly wait for servers, so some run side by side, each of these lanes with servers of its own, and
 * the cluster of one node beside the first. They take about as long as each other; all other folders are the last one.
 */
const lanes = {
  operator: 'operator',
  gateway: 'gateway',
  workers: '@(alerts|integration|logs|virtualization)',
  rows: '@(postgres|rows)',
  events: '@(flow|history|kafka|kubernetes|kubevirt|networks|volumes)',
  charts: 'charts',
  faults: '@(crds|faults)',
}
/** More keep two processors so busy that leases are lost. */
const ROOM = 5
/**
 * One process can't use a second processor: worlds that must be well beside worlds that must not. Lines are counted
 * without them, for that takes a third of their time.
 */
const simulated = {
  simulation: ['test/simulation/!(breakages).test.ts'],
  breakages: ['test/simulation/breakages.test.ts'],
}
const onServers = ['--timeout', '60000']

/**
 * Everything that must be well, the quick before the slow; `names` are those that were asked for, none = all but the long
 * ones.
 */
export function gateSteps(names: readonly string[], abort: AbortSignal): readonly GateStep[] {
  const coverageDirectory = join(reportsDirectory, 'v8')
  const inProcess = [
    mochaSuite({ name: 'unit', options: ['--timeout', '30000'], coverageDirectory, abort }), // it shares two processors
    mochaSuite({ name: 'contracts', coverageDirectory, abort }),
    ...Object.entries(simulated).map(([name, files]) =>
      mochaSuite({ name, files, options: ['--timeout', '120000'], abort }),
    ),
  ]
  const cluster = clusterCheck(names.includes('cluster'), abort)
  return [
    generatedCheck(
      [
        ['node', 'hack/generate-reasons.ts'],
        ['node', 'hack/generate-crd-types.ts'],
        ['node', 'hack/generate-api-types.ts'],
        ['node', 'hack/generate-reference.ts'],
        ['node', 'hack/generate-http-reference.ts'],
        ['node', 'hack/generate-charts.ts'],
      ],
      abort,
    ),
    programCheck('lint', ['biome', 'ci', '--colors=off', '--max-diagnostics=200'], abort),
    programCheck('sizes', ['node', 'hack/check-sizes.ts'], abort),
    programCheck('types', ['tsc'], abort),
    programCheck('types-k6', ['tsc', '-p', 'config/load'], abort),
    programCheck('layers', ['node', 'hack/check-layers.ts'], abort),
    programCheck('unused', ['knip', '--config', 'config/knip.json'], abort),
    ...(names.length > 0 ? inProcess : [sideBySide('unit, contracts, simulation', inProcess)]),
    coverageCheck(coverageDirectory, abort),
    serversCheck,
    ...(names.length > 0
      ? [sideBySide('integration', integration(abort)), cluster]
      : [sideBySide('integration, cluster', [cluster, ...integration(abort)], ROOM)]),
    ...(names.length > 0 ? [mochaSuite({ name: 'long', files: [long], options: onServers, abort })] : []),
  ]
}

function integration(abort: AbortSignal): GateStep[] {
  const named = Object.entries(lanes).map(([name, folder]) => ({
    name,
    files: [`test/integration/${folder}/**/*.test.ts`],
  }))
  const options = [...onServers, ...ignoring([long])]
  const ofOthers = ignoring(named.flatMap(({ files }) => files))
  return [
    ...named.map((lane) => mochaSuite({ ...lane, options, abort })),
    mochaSuite({ name: 'integration', options: [...options, ...ofOthers], abort }),
  ]
}

function ignoring(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => ['--ignore', pattern])
}
