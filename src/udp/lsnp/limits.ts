/**
 * The limits of an LSNP datagram. decode() and encode() refuse a value over its limit with a sentence that names the field
 * and the limit. Each limit has a test at the limit and one over it.
 */
import { LIMITS } from '../../chat/limits.ts'

export const LSNP_LIMITS = {
  /** Bytes of a datagram: what UDP carries over IPv4. */
  datagramBytes: 65_507,
  /** Lines that are not blank. */
  lines: 128,
  /** Characters of a key; a line with a longer one is skipped. */
  keyCharacters: 64,
  /** Characters of a TYPE. */
  typeCharacters: 64,

  /** UTF-8 bytes of `name@host`, and of the name in it. */
  userIdBytes: 128,
  userNameBytes: 64,
  /** UTF-8 bytes. */
  displayNameBytes: LIMITS.nameBytes,
  statusBytes: 512,
  contentBytes: LIMITS.textBytes,
  groupNameBytes: 128,
  fileNameBytes: 255,
  descriptionBytes: 512,
  appBytes: 64,

  /** Characters of the id of a message, a file, a game or a group. */
  idCharacters: LIMITS.idCharacters,
  tokenCharacters: 256,
  /** Characters of a MIME type. */
  mimeCharacters: 128,
  /** Characters of base64: a picture of 20 480 bytes. */
  avatarCharacters: 27_308,
  /** Characters of base64: a chunk of 48 000 bytes. */
  chunkCharacters: 64_000,

  /** Members of a group, peers in a list. */
  people: 256,
  /** Channels of one peer, and UTF-8 bytes of the name of a channel. */
  channels: LIMITS.channelsPerPeer,
  channelBytes: LIMITS.channelBytes,
  /** Chunks of a file. */
  chunks: 1_000_000,
  /** Unix time in seconds: the last moment that a Date can hold. */
  lastMoment: 8_640_000_000_000,
} as const
