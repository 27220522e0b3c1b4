import { readdir, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { checked, type GateStep } from './outcome.ts'
import { reportsDirectory, runCheck } from './program-check.ts'

const layers = ['operator/domain', 'operator/application'] as const
const wantedPercent = 95

interface Summary {
  readonly [path: string]: { readonly lines: { readonly total: number; readonly covered: number } }
}

/** Well when the lines of each layer are covered to 95 %, by what the suites before have left in `coverageDirectory`. */
export function coverageCheck(coverageDirectory: string, abort: AbortSignal): GateStep {
  return {
    name: 'coverage',
    async run() {
      const report = join(reportsDirectory, 'coverage')
      const outcome = await runCheck('coverage', await command(coverageDirectory, report), abort)
      if (outcome.failed > 0) return outcome
      const summary: Summary = JSON.parse(await readFile(join(report, 'coverage-summary.json'), 'utf8'))
      const percents = layers.map((layer) => ({ layer, percent: linesPercent(summary, layer) }))
      const told = percents.map(({ layer, percent }) => `» ${layer} ${percent.toFixed(1)} % of lines`).join('\n')
      const enough = percents.every(({ percent }) => percent >= wantedPercent)
      return checked(enough, `${outcome.output}\nwanted: ${wantedPercent} % of lines\n${told}`)
    },
  }
}

async function command(coverageDirectory: string, report: string): Promise<readonly string[]> {
  const typesOnly = (await Promise.all(layers.map(filesOfTypesOnly))).flat()
  return [
    ...['c8', 'report', '--temp-directory', coverageDirectory, '--reports-dir', report],
    ...['--reporter', 'text', '--reporter', 'json-summary'],
    '--all', // a file that no test has loaded counts with all its lines
    ...layers.flatMap((layer) => ['--include', `${layer}/**/*.ts`]),
    ...typesOnly.flatMap((path) => ['--exclude', path]),
  ]
}

/** Nothing is left of them at run time: they are never loaded, and would count as uncovered. */
async function filesOfTypesOnly(layer: string): Promise<string[]> {
  const files = await readdir(join(projectDirectory, layer), { recursive: true })
  const paths = files.filter((file) => file.endsWith('.ts')).map((file) => `${layer}/${file}`)
  const hasCode = await Promise.all(paths.map(async (path) => hasRuntimeCode(join(projectDirectory, path))))
  return paths.filter((_, index) => !hasCode[index])
}

async function hasRuntimeCode(path: string): Promise<boolean> {
  const code = stripTypeScriptTypes(await readFile(path, 'utf8'))
  const withoutComments = code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  return /[^\s;]/.test(withoutComments)
}

function linesPercent(summary: Summary, layer: string): number {
  const files = Object.entries(summary).filter(([path]) => path.startsWith(join(projectDirectory, layer, '/')))
  const total = files.reduce((sum, [, { lines }]) => sum + lines.total, 0)
  const covered = files.reduce((sum, [, { lines }]) => sum + lines.covered, 0)
  return total === 0 ? 0 : (100 * covered) / total
}
