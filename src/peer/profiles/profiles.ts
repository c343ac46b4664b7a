/** What peers show beside their name: a status line and a picture. The own ones, and those that other peers announced. */
import { LIMITS } from '../../chat/limits.ts'
import { type Peer, type Picture, type Profile, peerId, type PeerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { fetchPicture, picture } from './pictures.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Routes } from '../contacts/routes.ts'
import type { Events } from '../events.ts'

/** What a peer is said to show. */
export interface ShownHint {
  readonly status: string
  /** SHA-256 of its picture, in hexadecimal; undefined: it shows none. */
  readonly avatarHash: string | undefined
}

/** What a peer announced. */
export interface Announced extends ShownHint {
  /** The picture itself, in base64. */
  readonly avatar: string | undefined
  readonly isNews: boolean
}

/** A change of the own profile: what is left out stays, `none` removes the picture. */
export interface Shown {
  readonly status?: string | undefined
  readonly avatar?: Buffer | 'none' | undefined
}

const NOTHING: Profile = { status: '', avatar: undefined }

export class Profiles {
  readonly #client: Pick<HttpClient, 'request'>
  readonly #routes: Pick<Routes, 'target'>
  readonly #events: Pick<Events, 'emit'>
  #own: Profile = NOTHING
  /** The oldest are forgotten; each is announced again later. */
  readonly #others = new Map<PeerId, Profile>()
  /** The hashes of pictures that were requested and have not come yet. */
  readonly #wanted = new Map<PeerId, string>()

  constructor(
    client: Pick<HttpClient, 'request'>,
    routes: Pick<Routes, 'target'>,
    events: Pick<Events, 'emit'>,
  ) {
    this.#client = client
    this.#routes = routes
    this.#events = events
  }

  /** Changes the own profile. Throws ChatError 413, 415 or 422. */
  show({ status, avatar }: Shown): Profile {
    if (status !== undefined && Buffer.byteLength(status) > LIMITS.statusBytes) {
      const detail = `status must have at most ${LIMITS.statusBytes} bytes`
      throw new ChatError(422, 'invalid_field', detail, { field: 'status' })
    }
    this.#own = { status: status ?? this.#own.status, avatar: pictureOf(avatar, this.#own.avatar) }
    return this.#own
  }

  /** The profile of a peer; undefined: the own one. */
  of(id: PeerId | undefined): Profile {
    return id === undefined ? this.#own : (this.#others.get(id) ?? NOTHING)
  }

  /** A peer announced itself. Its picture is fetched if its hash is not the known one. */
  shown(peer: Peer, { status, avatarHash, avatar, isNews }: Announced): void {
    const before = this.#others.get(peerId(peer))
    if (!isNews && before !== undefined) return
    const sent = avatar === undefined ? undefined : safely(() => picture(Buffer.from(avatar, 'base64')))
    const kept = before?.avatar?.hash === avatarHash ? before?.avatar : undefined
    this.#keep(peer, { status, avatar: avatarHash === undefined ? sent : kept })
    if (avatarHash === undefined || kept !== undefined) this.#wanted.delete(peerId(peer))
    else if (this.#wanted.get(peerId(peer)) !== avatarHash) void this.#fetch(peer, avatarHash)
  }

  async #fetch(peer: Peer, hash: string): Promise<void> {
    const id = peerId(peer)
    this.#wanted.set(id, hash)
    const found = await fetchPicture(this.#client, this.#routes.target(peer), hash)
    // Meanwhile it may show another picture, or be forgotten.
    if (this.#wanted.get(id) !== hash) return
    this.#wanted.delete(id)
    const now = this.#others.get(id)
    if (found !== undefined && now !== undefined) this.#keep(peer, { status: now.status, avatar: found })
  }

  #keep(peer: Peer, profile: Profile): void {
    const id = peerId(peer)
    const before = this.#others.get(id) ?? NOTHING
    this.#others.delete(id)
    this.#others.set(id, profile)
    for (const oldest of this.#others.keys()) {
      if (this.#others.size <= LIMITS.membersPerChannel) break
      this.#others.delete(oldest)
      this.#wanted.delete(oldest)
    }
    if (!isSame(before, profile)) this.#events.emit({ kind: 'profile', peer, profile })
  }
}

/** What the peer of a greeting shows; what cannot be read is not shown. */
export function shownIn({ status, picture: hash }: Fields): ShownHint {
  const isStatus = typeof status === 'string' && Buffer.byteLength(status) <= LIMITS.statusBytes
  const isHash = typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)
  return { status: isStatus ? status : '', avatarHash: isHash ? hash : undefined }
}

function isSame(a: Profile, b: Profile): boolean {
  return a.status === b.status && a.avatar?.hash === b.avatar?.hash
}

/** Throws ChatError. */
function pictureOf(shown: Buffer | 'none' | undefined, before: Picture | undefined): Picture | undefined {
  if (shown === undefined) return before
  return shown === 'none' ? undefined : picture(shown)
}

/** Undefined for bytes that are no picture. */
function safely(read: () => Picture): Picture | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChatError) return undefined
    throw error
  }
}
