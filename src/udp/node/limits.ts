/** Every time of the LAN mode, in milliseconds, and every count that bounds what the network can make us keep. */
export const LAN_TIMES = {
  /** Announcements after the start and after a change of network; then every `steady`, give or take `jitter`. */
  fastStart: [0, 1_000, 2_000, 4_000],
  steady: 7_000,
  jitter: 500,
  /** PROFILE in the place of PING, so that nobody keeps a name that is not ours any more (RFC draft, section 6). */
  profile: 300_000,
  /** A PROFILE that has changed is told once more after each of these. */
  again: [1_000, 3_000],
  /** With programs on the LAN that answer every PING aloud, only this often to everybody. */
  loud: 60_000,
  /** Our own kind is believed to be there for so long, and asked from `doubt` on, every `probe`. */
  lease: 15_400,
  doubt: 7_700,
  probe: 400,
  /**
   * Other programs announce themselves every 300 s (RFC draft, section 6), many more often: one is believed to be there
   * for a few of its own intervals (src/udp/node/presence/rhythm.ts), which are not less and not more than these.
   */
  foreignLeaseLeast: 15_000,
  foreignLease: 330_000,
  /** So long before the end of such a lease the program is asked whether it is there. */
  lastQuestion: 3_000,
  /** Announcements of one program within this time are one. */
  together: 500,
  /** Its intervals are believed when they fill this time. */
  observed: 60_000,
  /** An announcement within this time after a question may be the answer. */
  prompted: 1_000,
  /** Our own kind that has not proved its address is asked for it again. */
  unproved: 1_000,
  /** With no answer by datagram for so long it is asked over HTTP, and again. */
  byHttp: 3_000,
  byHttpAgain: 20_000,
  /** After a goodbye that anybody could have sent: time to object, for which it is asked every `objection`. */
  goodbye: 1_000,
  objection: 500,
  /** One answer to a peer within this time, however often it asks. */
  answer: 500,
  foreignAnswer: 5_000,
  /** Many that hear one question do not answer all at once: each later by up to this, when there are many. */
  spread: 500,
  /** Without an acknowledgement a message is sent again, this often (RFC draft, section 14). */
  retry: 2_000,
  attempts: 4,
  /** Bytes that came from an address pay for answers for so long after the last of them. */
  credit: 60_000,
  /** A broadcast PROFILE for programs that could not be answered, at most this often. */
  introduction: 60_000,
  /** A tick that comes this late means that the machine slept, not that everybody left. */
  asleep: 5_000,
  /** Ids of messages are remembered against doubles. */
  seen: 10 * 60_000,
  /** A message that says that it is older or newer than this comes from a clock that is wrong. */
  plausible: 24 * 3_600_000,
} as const

export const LAN_LIMITS = {
  peers: 512,
  peersPerHost: 8,
  /** Addresses of one peer. */
  addresses: 8,
  /** The last intervals between two announcements of a program. */
  intervals: 8,
  /** Announced channels of all peers are bounded by LSNP_LIMITS.channels for each. */
  seen: 4_096,
  groups: 64,
  /** Of these, groups that users of one host have made. */
  groupsPerHost: 16,
  revoked: 1_024,
  posts: 100,
  /** Messages that wait for an acknowledgement. */
  waiting: 256,
  /** Tokens that are revoked with one tick: others do not read more datagrams of one host in a burst. */
  revokedAtOnce: 1,
  /** Seconds that a token of ours may be good. */
  tokenSeconds: 365 * 86_400,
  /** Bytes of UTF-8 of our status and of all our channels: an announcement fits into one frame. */
  statusBytes: 160,
  channelBytes: 440,
  /** Bytes of the user ids in a PEER_LIST_RESPONSE. */
  listBytes: 800,
  /** From this number of peers on answers are spread. */
  many: 20,
  /** Datagrams a second before they are read: of one host, and of all. */
  perHost: { perSecond: 20, burst: 40 },
  total: { perSecond: 500, burst: 500 },
  /** The same for the data of files, which is counted apart. */
  fileDataPerHost: { perSecond: 20, burst: 40 },
  fileDataTotal: { perSecond: 500, burst: 500 },
  /** Bytes that an address can have to its credit, and how many addresses have an account. */
  credit: 4_096,
  creditors: 4_096,
  /** Bytes that the question over HTTP costs. */
  helloBytes: 160,
  /** Bytes a second of what users say to one address from which no program has ever answered. */
  silent: { perSecond: 4_096, burst: 16_384 },
  /** Bytes that the smallest receive buffers among other programs hold: what is sent twice must fit. */
  smallestBuffer: 4_096,
  /** Messages whose late acknowledgement still counts. */
  askedOnce: 256,
  /** Answers to one host from which nobody has been heard twice: it may be the address of somebody else. */
  strangers: { perSecond: 0.5, burst: 8 },
} as const
