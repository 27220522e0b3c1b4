/** What runs machines. */
export type ProviderName = 'KubeVirt' | 'Simulated'
