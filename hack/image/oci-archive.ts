import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type TarFile, tarOf } from './tar.ts'

export interface ImagePlan {
  /** Such as registry.example.com/kbnt/kbnt-operator:0.1.0 */
  readonly reference: string
  readonly architecture: 'amd64' | 'arm64'
  /** The OCI image configuration's `config`: user, entry point, labels. */
  readonly config: object
  /** From the bottom up; what changes seldom comes first. */
  readonly layers: readonly (readonly TarFile[])[]
}

export interface OciArchive {
  /** A tar file that container engines load: an OCI layout that also names itself to Docker. */
  readonly content: Buffer
  /** Of the manifest: `sha256:…`. The same plan gives the same digest. */
  readonly digest: string
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

const CREATED = '1970-01-01T00:00:00Z'

/** One image without a container engine. */
export function ociArchive({ reference, architecture, config, layers }: ImagePlan): OciArchive {
  const blobs = new Map<string, Uint8Array>()
  const store = (mediaType: string, content: Uint8Array): Descriptor => {
    const digest = digestOf(content)
    blobs.set(digest, content)
    return { mediaType, digest, size: content.length }
  }

  const tars = layers.map(tarOf)
  const stored = tars.map((tar) => store('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar)))
  const image = {
    created: CREATED,
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: layers.map(() => ({ created: CREATED, created_by: 'hack/image.ts' })),
  }
  const configuration = store('application/vnd.oci.image.config.v1+json', json(image))
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = store(
    manifestType,
    json({ schemaVersion: 2, mediaType: manifestType, config: configuration, layers: stored }),
  )
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...manifest,
        platform: { architecture, os: 'linux' },
        annotations: {
          'io.containerd.image.name': reference,
          'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
        },
      },
    ],
  }
  const docker = [
    { Config: blobPath(configuration.digest), RepoTags: [reference], Layers: stored.map((l) => blobPath(l.digest)) },
  ]
  const files = [
    ...[...blobs].map(([digest, content]) => fileOf(blobPath(digest), content)),
    fileOf('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    fileOf('index.json', json(index)),
    fileOf('manifest.json', json(docker)),
  ]
  return { content: tarOf(files), digest: manifest.digest }
}

function fileOf(path: string, content: Uint8Array): TarFile {
  return { path, content, mode: 0o644 }
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
