/** What strangers can make this process compute before they have proved anything, and how long connections are used. */
export const SECURE_LIMITS = {
  /** Handshakes a second that a host may begin, and a loopback address, on which many programs are: 429. */
  perHost: { perSecond: 20, burst: 20 },
  perLoopback: { perSecond: 200, burst: 200 },
  /** The same of all other hosts together: 429. */
  inAll: { perSecond: 200, burst: 200 },
  /** The part of it that hosts get which have completed no handshake lately. */
  ofStrangers: { perSecond: 150, burst: 150 },
  /** Handshakes that may be open at a time, of one host and of one loopback address: 503. */
  openPerHost: 8,
  openPerLoopback: 80,
  /** The same of all other hosts together, and the part of it for strangers: 503. */
  openInAll: 64,
  openOfStrangers: 48,
  /** For so long a host that has completed a handshake is no stranger: milliseconds. */
  lately: 600_000,
  /** Such hosts that are remembered; then the oldest is forgotten. */
  hosts: 1_024,
  /** Milliseconds from the connection to message 3; then it ends without a word. */
  within: 5_000,
  /** Milliseconds from the first byte of a record to its last; then the connection ends without a word. */
  record: 10_000,
  /** The server lets a connection end behind so many records of one direction, or so many milliseconds. */
  wear: { records: 2 ** 20, age: 3_600_000 },
  /** The client makes a new one before that: what is on its way is not cut. */
  clientWear: { records: 2 ** 20 - 2 ** 16, age: 3_300_000 },
} as const
