/** `metav1.MicroTime`: exactly six digits of a second, or it is refused. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}
