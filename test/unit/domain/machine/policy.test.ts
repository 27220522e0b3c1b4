import assert from 'node:assert/strict'
import type { MachineSpec } from '../../../../operator/domain/machine/machine.ts'
import { type MachinePolicies, violationOf } from '../../../../operator/domain/machine/policy.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'

interface Case {
  readonly says: string
  readonly policies: MachinePolicies
  readonly spec?: Partial<MachineSpec>
  readonly want?: string
}

const prefixes = ['registry.example.com/', 'quay.io/containerdisks/']

describe('violationOf', () => {
  const cases: readonly Case[] = [
    {
      says: 'allows everything where there are no rules',
      policies: {},
      spec: { image: 'x', owner: 'ana' },
    },
    { says: 'allows exactly as many cores as the rule says', policies: { maxCpu: 2 } },
    {
      says: 'names the cores that are too many, and the limit',
      policies: { maxCpu: 1 },
      want: 'cpu 2 is more than the 1 that a machine may have',
    },
    { says: 'allows exactly as much memory as the rule says, in another unit', policies: { maxMemory: '4096Mi' } },
    {
      says: 'names the memory that is too much, and the limit',
      policies: { maxMemory: '3Gi' },
      want: 'memory 4Gi is more than the 3Gi that a machine may have',
    },
    { says: 'allows exactly as much disk as the rule says', policies: { maxDisk: '20Gi' } },
    {
      says: 'names the disk that is too much, and the limit',
      policies: { maxDisk: '19Gi' },
      want: 'disk 20Gi is more than the 19Gi that a machine may have',
    },
    {
      says: 'allows an image that begins with one of the prefixes',
      policies: { imagePrefixes: prefixes },
      spec: { image: 'quay.io/containerdisks/fedora:41' },
    },
    {
      says: 'allows a machine that leaves its image to the provider',
      policies: { imagePrefixes: prefixes },
    },
    {
      says: 'names an image that begins with none of the prefixes, and the prefixes',
      policies: { imagePrefixes: prefixes },
      spec: { image: 'evil.example.com/registry.example.com/' },
      want:
        'image evil.example.com/registry.example.com/ is not allowed: ' +
        'it must begin with registry.example.com/ or quay.io/containerdisks/',
    },
  ]
  for (const { says, policies, spec = {}, want } of cases) {
    it(says, () => {
      assert.equal(violationOf(aMachine({ spec }).spec, policies), want)
    })
  }
})
