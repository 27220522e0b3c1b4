type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the members that are absent. */
export function present<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>
}
