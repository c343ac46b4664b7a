/** What strangers can make this process compute before they have proved anything. */
export const SECURE_LIMITS = {
  /** Handshakes a second that a host may begin: 429. */
  perHost: { perSecond: 20, burst: 20 },
  /** The same of all hosts together: 429. */
  total: { perSecond: 200, burst: 200 },
  /** Handshakes of one host, and of all, that may be open at a time: 503. */
  openPerHost: 8,
  open: 64,
  /** Milliseconds from the 101 to message 3; then the connection ends without a word. */
  within: 5_000,
} as const
