/** The port, the times and the limits of beacons. */

/** Where beacons are broadcast. */
export const BEACON_PORT = 50_998

/** In milliseconds. */
export const BEACON_TIMES = {
  /** Each peer broadcasts a beacon at this interval. */
  interval: 10_000,
  /** After a start, a change of networks or of what a peer shows, a beacon is repeated so much later: datagrams get lost. */
  repeats: [300, 900],
  /** The interfaces of the machine are read at this interval. */
  interfaces: 5_000,
} as const

export const BEACON_LIMITS = {
  /**
   * Datagrams that are checked, of all hosts together: 20 us each, so a fifth of a processor at most. Of more than that
   * chance decides which are; a member says again every few seconds where it is.
   */
  checked: { perSecond: 10_000, burst: 10_000 },
  /** Beacons that are reported, of one peer and of all: each leads to a request to that peer. */
  reportedPerPeer: { perSecond: 1, burst: 10 },
  reported: { perSecond: 50, burst: 200 },
  /** Goodbyes of one peer, which its other beacons do not use up. */
  goodbyesPerPeer: { perSecond: 0.5, burst: 2 },
  /** Answers to one peer, and to all. */
  answersPerPeer: { perSecond: 0.5, burst: 4 },
  answers: { perSecond: 50, burst: 200 },
  /** Beacons that are recognised when they come again; then the oldest is forgotten. */
  known: 4_096,
} as const
