const LONGEST = 63

/** A name for the stock of a product: what names may have of it, in small letters. Empty when there is nothing of that. */
export function stockNameOf(product: string): string {
  return product
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '')
}
