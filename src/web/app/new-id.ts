/** Random ids for messages and pages: 64 bits, a form that every LSNP program accepts as a message id. */

/** 16 lower-case hexadecimal digits. Pages over plain HTTP have no `crypto.randomUUID`. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
