import type { Namespaces } from '../infrastructure/kubernetes/watched-cache.ts'
import type { WatchedNamespaces } from '../infrastructure/settings/settings.ts'

/** The namespaces that the settings mean, in a pod or context of namespace `own`. */
export function namespacesOf(watched: WatchedNamespaces, own: string): Namespaces {
  switch (watched.kind) {
    case 'all':
      return [undefined]
    case 'own':
      return [own]
    case 'list':
      return watched.namespaces
  }
}
