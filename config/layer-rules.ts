import type { IForbiddenRuleType } from 'dependency-cruiser'

const rules: readonly IForbiddenRuleType[] = [
  {
    name: 'domain-imports-only-domain',
    comment: 'The domain is pure: no npm, no node:, no outer layer.',
    from: { path: '^operator/domain/' },
    to: { pathNot: '^operator/domain/' },
  },
  {
    name: 'application-imports-only-inward',
    comment: 'Use cases see the domain and their own ports, nothing of the outside world.',
    from: { path: '^operator/application/' },
    to: { pathNot: '^operator/(application|domain)/' },
  },
  {
    name: 'adapters-apart',
    comment: 'One adapter folder reaches another only through arguments that a program passes.',
    from: { path: '^operator/infrastructure/([^/]+)/' },
    to: { path: '^operator/infrastructure/', pathNot: '^operator/infrastructure/($1|remote-api)/' },
  },
  {
    name: 'remote-api-knows-no-service',
    comment: "How somebody else's API is called, whoever it is: adapters of several services stand on it.",
    from: { path: '^operator/infrastructure/remote-api/' },
    to: {
      path: '^operator/',
      pathNot: '^operator/(infrastructure/remote-api/|application/clock[.]ts$|domain/reply[.]ts$)',
    },
  },
  {
    name: 'machinery-knows-no-stocks',
    comment: 'The controller machinery could be lifted out and run another operator.',
    from: { path: '^operator/infrastructure/kubernetes/[^/]+[.]ts$' },
    to: { path: '^operator/(domain|application|infrastructure/kubernetes/[^/]+/)' },
  },
  {
    name: 'nobody-imports-programs',
    comment: 'Programs are the only files that see every layer; main.ts chooses one of them.',
    from: { path: '^operator/', pathNot: '^operator/(programs/|main[.]ts$)' },
    to: { path: '^operator/programs/' },
  },
  {
    name: 'programs-apart',
    comment: 'Each program could be taken away without the others: what two of them need is in programs/ itself.',
    from: { path: '^operator/programs/([^/]+)/' },
    to: { path: '^operator/programs/[^/]+/', pathNot: '^operator/programs/$1/' },
  },
  {
    name: 'what-programs-share-knows-none',
    from: { path: '^operator/programs/[^/]+[.]ts$' },
    to: { path: '^operator/programs/[^/]+/' },
  },
  {
    name: 'nobody-imports-main',
    from: { path: '^operator/' },
    to: { path: '^operator/main[.]ts$' },
  },
  {
    name: 'operator-stands-alone',
    comment: 'What runs in a cluster needs nothing of tests and chores.',
    from: { path: '^operator/' },
    to: { path: '^(test|hack)/' },
  },
  { name: 'no-cycles', from: {}, to: { circular: true } },
  { name: 'everything-resolves', from: {}, to: { couldNotResolve: true } },
  {
    name: 'no-development-packages',
    comment: 'The image is installed without them.',
    from: { path: '^operator/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
]

/** For dependency-cruiser: allow-lists by anchored path, every breach is an error. */
export const layerRules: IForbiddenRuleType[] = rules.map((rule) => ({ ...rule, severity: 'error' }))
