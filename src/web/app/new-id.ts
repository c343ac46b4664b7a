/** The id of a message that is written here, or of a page: 64 random bits, which every program of the LAN takes as an id. */

/** 16 lower-case hexadecimal digits. `crypto.randomUUID` is not there on pages that came over plain HTTP. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
