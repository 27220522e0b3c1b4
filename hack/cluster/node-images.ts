import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ociArchive } from '../image/oci-archive.ts'

/** What the node itself runs as pods; each is one static program. The user is a number, for pods that must not be root. */
export const nodeImages = { pause: 'kbnt.local/pause:1', coredns: 'kbnt.local/coredns:1' } as const

/** The archive of one of them, for `ctr images import`. */
export async function nodeImage(name: keyof typeof nodeImages, programs: string): Promise<Buffer> {
  const program = { path: name, content: await readFile(join(programs, name)), mode: 0o755 }
  const architecture = process.arch === 'arm64' ? ('arm64' as const) : ('amd64' as const)
  const config = { User: '65532', Entrypoint: [`/${name}`] }
  return ociArchive({ reference: nodeImages[name], architecture, config, layers: [[program]] }).content
}
