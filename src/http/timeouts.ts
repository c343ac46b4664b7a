/**
 * How long a connection may take for each part of a conversation. Pure values.
 *
 * All in milliseconds. A byte now and then extends none of them (slowloris): those for a head are absolute, and a body
 * has to move on by at least 8 KiB a second.
 */
export interface Timeouts {
  /** From the connection to its first byte; then it is closed without a word. */
  readonly opening: number
  /** Between requests; then closed without a word. */
  readonly idle: number
  /** The same on a connection whose other end has proved its key. */
  readonly provedIdle: number
  /** From the first byte of a request to the end of its head: 408. */
  readonly head: number
  /** Without progress of the body: 408. */
  readonly body: number
  /** From the end of a request to the answer of its handler: 500, and the handler's signal is aborted. */
  readonly handler: number
  /** For the other side to take 64 KiB of an answer: then it is cut. */
  readonly send: number
  /**
   * The most that bytes taken in advance extend `send`: a system takes megabytes of a large answer at once, and says
   * only when a third of them has left that it has room again.
   */
  readonly sendAhead: number
  /** From the FIN of the server, for the other side to read the last answer (RFC 9112 section 9.6). */
  readonly linger: number
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  opening: 5_000,
  idle: 30_000,
  provedIdle: 630_000,
  head: 5_000,
  body: 10_000,
  handler: 60_000,
  send: 10_000,
  sendAhead: 60_000,
  linger: 500,
}
