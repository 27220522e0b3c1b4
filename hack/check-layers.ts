import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { layerRules } from '../config/layer-rules.ts'

const root = 'operator'
const result = await cruiseOperator()
const faults = [...violationsIn(result), ...(await unseenFiles(result))]

for (const fault of faults) process.stderr.write(`${fault}\n`)
const ours = result.modules.filter((module) => module.source.startsWith(`${root}/`))
process.stdout.write(`${ours.length} modules of ours, ${faults.length} faults\n`)
process.exitCode = faults.length === 0 ? 0 : 1

async function cruiseOperator(): Promise<ICruiseResult> {
  const { output } = await cruise([root], {
    validate: true,
    ruleSet: { forbidden: layerRules },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
  })
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text instead of its result')
  return output
}

function violationsIn({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to, cycle }) => {
    const path = cycle ? cycle.map((step) => step.name).join(' → ') : to
    return `${rule.name}: ${from} → ${path}`
  })
}

/** A cruiser that can't read TypeScript sees nothing and finds nothing wrong: every file must have been seen. */
async function unseenFiles({ modules }: ICruiseResult): Promise<string[]> {
  const seen = new Set(modules.map((module) => module.source))
  const files = await readdir(root, { recursive: true })
  const sources = files.filter((file) => file.endsWith('.ts')).map((file) => join(root, file))
  const unseen = sources.filter((path) => !seen.has(path)).map((path) => `not seen by dependency-cruiser: ${path}`)
  return sources.length === 0 ? [`there is no TypeScript under ${root}/`] : unseen
}
