import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatedFiles } from './charts/generated-files.ts'
import { projectDirectory } from './testbed/places.ts'

for (const [path, content] of await generatedFiles()) await writeFile(join(projectDirectory, path), content)
