export class InvariantBroken extends Error {}

export function check(holds: boolean, message: () => string): void {
  if (!holds) throw new InvariantBroken(message())
}
