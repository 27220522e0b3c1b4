/** Not part of the library's public types. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const queue: { readonly prototype: Record<string, unknown> }
  // biome-ignore lint/style/noDefaultExport: that is how the library has it
  export default queue
}
