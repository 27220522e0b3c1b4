import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../hack/testbed/places.ts'

/** The commands that docs/install.md gives under a heading, each split into words. */
export async function commandsUnder(heading: string): Promise<readonly (readonly string[])[]> {
  const page = await readFile(join(projectDirectory, 'docs', 'install.md'), 'utf8')
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  const blocks = [...own.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block.trim())
  return blocks.flatMap((block) => block.split('\n').map((line) => line.split(' ')))
}
