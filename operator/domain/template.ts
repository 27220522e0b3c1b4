/** A sentence with its blanks, such as `{what}`, filled in; each is asked for only where the sentence has it. */
export function filled<Blank extends string>(sentence: string, blanks: Readonly<Record<Blank, () => string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, blank: Blank) => blanks[blank]())
}
