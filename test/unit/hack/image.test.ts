import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePrograms } from '../../../hack/image/bundle.ts'
import { ociArchive } from '../../../hack/image/oci-archive.ts'
import { filesBesideBundle, tableSteps } from '../../../hack/image/operator-image.ts'
import { type TarFile, tarOf } from '../../../hack/image/tar.ts'

const file = (path: string, text: string): TarFile => ({ path, content: Buffer.from(text), mode: 0o644 })
const planOf = (...files: TarFile[]) => ({
  reference: 'registry.example.com/box:1',
  architecture: 'amd64' as const,
  config: { User: '1001' },
  layers: [files],
})

describe('the image builder', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kbnt-image-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('makes archives that tar reads, folders included', () => {
    writeFileSync(join(directory, 'a.tar'), tarOf([file('b/c/one', '1'.repeat(513)), file('a', 'two')]))
    execFileSync('tar', ['xf', 'a.tar'], { cwd: directory })
    assert.equal(readFileSync(join(directory, 'b/c/one'), 'utf8'), '1'.repeat(513))
    assert.equal(readFileSync(join(directory, 'a'), 'utf8'), 'two')
  })

  it('refuses a path that the archive can not hold', () => {
    assert.throws(() => tarOf([file('x'.repeat(101), '')]), /too long/)
  })

  it('gives the same digest for the same files in any order, and another one for others', () => {
    const [one, two] = [file('a', '1'), file('b', '2')]
    const image = ociArchive(planOf(one, two))
    assert.deepEqual(ociArchive(planOf(two, one)), image)
    assert.notEqual(ociArchive(planOf(one, file('b', '3'))).digest, image.digest)
  })

  it('names every blob by its digest', () => {
    writeFileSync(join(directory, 'image.tar'), ociArchive(planOf(file('a', '1'))).content)
    execFileSync('tar', ['xf', 'image.tar'], { cwd: directory })
    const sums = execFileSync('sh', ['-c', 'cd blobs/sha256 && sha256sum *'], { cwd: directory, encoding: 'utf8' })
    const lines = sums.trim().split('\n')
    assert.equal(lines.length, 3)
    for (const line of lines) assert.match(line, /^([0-9a-f]{64}) {2}\1$/)
  })

  it('puts beside the program, by whatever way it is made, all that it reads', () => {
    const containerfile = readFileSync('Containerfile', 'utf8').replaceAll(/\\\n\s*/g, '')
    const copied = [...containerfile.matchAll(/^COPY (.*) (\/app\/\S+\/)$/gm)].flatMap(([, sources = '', target]) =>
      sources
        .split(/\s+/)
        .filter((word) => !word.startsWith('--'))
        .map((source) => `${target}${source.split('/').at(-1)}`),
    )
    const wanted = [...filesBesideBundle, ...tableSteps.map(({ to }) => `${to}/*.sql`)].map((path) => `/app/${path}`)
    assert.deepEqual([...copied].sort(), wanted.sort())
    for (const { from } of tableSteps) assert.match(containerfile, new RegExp(`^COPY .* ${from}/\\*\\.sql `, 'm'))
  })

  it('bundles the programs twice to the same bytes, which start without any package beside them', async function () {
    this.timeout(60_000)
    const bundle = await bundlePrograms()
    assert.deepEqual(await bundlePrograms(), bundle)
    for (const { name, content } of bundle) writeFileSync(join(directory, name), content)
    const help = execFileSync(process.execPath, ['main.mjs', '--help'], { cwd: directory, encoding: 'utf8' })
    assert.match(help, /--config FILE/)
  })

  it('bundles each program apart, so that a process keeps no other one in its memory', async () => {
    const pieces = (await bundlePrograms()).map(({ name, content }) => ({
      name,
      text: Buffer.from(content).toString(),
    }))
    const named = (name: string) => pieces.filter((piece) => piece.name.startsWith(name))
    for (const program of ['run-operator', 'run-gateway', 'run-worker', 'stop-and-release'])
      assert.equal(named(program).length, 1, program)
    const [main] = named('main')
    assert.ok(main && main.text.length < 200_000, 'the choice of a program holds a program')
    assert.doesNotMatch(named('run-operator')[0]?.text ?? '', /fastify/i)
  })
})
