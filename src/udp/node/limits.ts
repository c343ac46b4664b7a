/** The times of a LAN node, in milliseconds, and the counts that bound what the network can make it keep or send. */
export const LAN_TIMES = {
  /** Announcements after the start and after a change of network; then one every `steady`, give or take `jitter`. */
  fastStart: [0, 1_000, 2_000, 4_000],
  steady: 7_000,
  jitter: 500,
  /** A PROFILE in the place of a PING, so that no peer keeps an old name (RFC draft, section 6). */
  profile: 300_000,
  /** A changed PROFILE is sent again after each of these. */
  again: [1_000, 3_000],
  /** Announcements to everybody while foreign programs are there: some answer every PING with a broadcast. */
  loud: 60_000,
  /** The lease of a Parley peer, which is probed from `doubt` on, every `probe`. */
  lease: 15_400,
  doubt: 7_700,
  probe: 400,
  /**
   * The shortest and the longest lease of a foreign program: a few of its own intervals between announcements
   * (src/udp/node/presence/rhythm.ts). The RFC draft, section 6, asks for one every 300 s; many announce more often.
   */
  foreignLeaseLeast: 15_000,
  foreignLease: 330_000,
  /** How long before the end of such a lease the program is probed. */
  lastQuestion: 3_000,
  /** Announcements of one program within this time count as one. */
  together: 500,
  /** The intervals of a program are believed once they fill this time. */
  observed: 60_000,
  /** An announcement within this time after a question may be the answer to it. */
  prompted: 1_000,
  /** The pause between probes of a Parley peer that has not proved its address. */
  unproved: 1_000,
  /** When such a peer is asked over HTTP, and when again. */
  byHttp: 3_000,
  byHttpAgain: 20_000,
  /** Time to object after a goodbye that any host could have sent; the peer is probed every `objection`. */
  goodbye: 1_000,
  objection: 500,
  /** A peer gets one answer within this time, however often it asks. */
  answer: 500,
  foreignAnswer: 5_000,
  /** With many peers each delays its answer by up to this, so that not all answer at once. */
  spread: 500,
  /** The pause before a message without an acknowledgement is sent again, and how often it is sent (RFC draft, section 14). */
  retry: 2_000,
  attempts: 4,
  /** How long the credit of an address lasts after its last datagram. */
  credit: 60_000,
  /** The pause between broadcasts that are brought forward for programs without enough credit. */
  introduction: 60_000,
  /** A tick that comes this late means that the machine slept, not that all peers have left. */
  asleep: 5_000,
  /** How long messages are remembered, to recognise copies. */
  seen: 10 * 60_000,
  /** A message that seems older or newer than this comes from a wrong clock. */
  plausible: 24 * 3_600_000,
} as const

export const LAN_LIMITS = {
  peers: 512,
  peersPerHost: 8,
  /** Addresses of one peer. */
  addresses: 8,
  /** Intervals between announcements of a program that are kept. */
  intervals: 8,
  /** Messages that are remembered, to recognise copies. */
  seen: 4_096,
  groups: 64,
  /** Groups that users of one host have created. */
  groupsPerHost: 16,
  revoked: 1_024,
  posts: 100,
  /** Messages that wait for an acknowledgement. */
  waiting: 256,
  /** Tokens that are revoked in one tick: other programs limit how many datagrams of a host they read. */
  revokedAtOnce: 1,
  /** The longest validity of a token of this node, in seconds. */
  tokenSeconds: 365 * 86_400,
  /** Bytes of UTF-8 of the own status and of all own channels, so that an announcement fits into one frame. */
  statusBytes: 160,
  channelBytes: 440,
  /** Bytes of the user ids in a PEER_LIST_RESPONSE. */
  listBytes: 800,
  /** Answers are spread over `spread` from this number of peers on. */
  many: 20,
  /** Datagrams that are read in a second, from one host and from all. */
  perHost: { perSecond: 20, burst: 40 },
  total: { perSecond: 500, burst: 500 },
  /** The same for file data, which is counted apart. */
  fileDataPerHost: { perSecond: 20, burst: 40 },
  fileDataTotal: { perSecond: 500, burst: 500 },
  /** The largest credit of an address in bytes, and the number of addresses that have one. */
  credit: 4_096,
  creditors: 4_096,
  /** Bytes of credit that a question over HTTP costs. */
  helloBytes: 160,
  /** Bytes a second of messages of users to an address from which no program has ever answered. */
  silent: { perSecond: 4_096, burst: 16_384 },
  /** Bytes of the smallest receive buffer among foreign programs: a text that is sent twice in one datagram must fit. */
  smallestBuffer: 4_096,
  /** Messages to one program whose replies are recognised. */
  askedOnce: 256,
  /** Answers to a host at which no peer was seen twice: its address may be forged. */
  strangers: { perSecond: 0.5, burst: 8 },
} as const
