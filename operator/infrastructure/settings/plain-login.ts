import type { SettingFault } from './schema.ts'

/** An address, and what is shown there. */
export interface LoginTo {
  readonly url: string | undefined
  /** What goes there that nobody else may read, by its setting; undefined = nothing. */
  readonly shows: string | undefined
  readonly allowUnencrypted: boolean
}

/** The settings' patterns let no other case through. */
export function isPlain(url: string | undefined): boolean {
  return url?.startsWith('http:') === true
}

/** A login is worth what its way is worth: what is secret goes over TLS, unless it is said that it need not. */
export function plainLoginFaults(path: readonly string[], { url, shows, allowUnencrypted }: LoginTo): SettingFault[] {
  if (!isPlain(url) || shows === undefined || allowUnencrypted) return []
  const message = `is http, and what is in ${shows} would go there without encryption; give an https URL, or allowUnencrypted: true if that is meant`
  return [{ path, message }]
}

/** Of everybody who is posted to. `path` is that of the list. */
export function plainAlertmanagerFaults(
  path: readonly string[],
  alertmanagers: readonly { readonly url: string; readonly tokenFile?: string; readonly allowUnencrypted: boolean }[],
): SettingFault[] {
  return alertmanagers.flatMap(({ url, tokenFile, allowUnencrypted }, index) =>
    plainLoginFaults([...path, String(index), 'url'], {
      ...{ url, allowUnencrypted, shows: tokenFile && 'tokenFile' },
    }),
  )
}
