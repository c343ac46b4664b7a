/** What peers show beside their name: a status line and a picture. The own ones, and those that other peers announced. */
import { LIMITS } from '../../chat/limits.ts'
import { addressKey, type Peer, type AddressKey, type Picture, type Profile } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { fetchPicture, picture } from './pictures.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Events } from '../events.ts'

/** What a peer announced. */
export interface Announced {
  readonly status: string
  /** Of the picture that it serves over HTTP. */
  readonly avatarHash: string | undefined
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
  readonly #events: Pick<Events, 'emit'>
  #own: Profile = NOTHING
  /** The oldest are forgotten; each is announced again later. */
  readonly #others = new Map<AddressKey, Profile>()
  /** The hashes of pictures that were requested and have not come yet. */
  readonly #wanted = new Map<AddressKey, string>()

  constructor(client: Pick<HttpClient, 'request'>, events: Pick<Events, 'emit'>) {
    this.#client = client
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
  of(id: AddressKey | undefined): Profile {
    return id === undefined ? this.#own : (this.#others.get(id) ?? NOTHING)
  }

  /** A peer announced itself. Its picture is fetched if its hash is not the known one. */
  shown(peer: Peer, { status, avatarHash, avatar, isNews }: Announced): void {
    const before = this.#others.get(addressKey(peer))
    if (!isNews && before !== undefined) return
    const sent = avatar === undefined ? undefined : safely(() => picture(Buffer.from(avatar, 'base64')))
    const kept = before?.avatar?.hash === avatarHash ? before?.avatar : undefined
    this.#keep(peer, { status, avatar: avatarHash === undefined ? sent : kept })
    if (avatarHash === undefined || kept !== undefined) this.#wanted.delete(addressKey(peer))
    else if (this.#wanted.get(addressKey(peer)) !== avatarHash) void this.#fetch(peer, avatarHash)
  }

  async #fetch(peer: Peer, hash: string): Promise<void> {
    const id = addressKey(peer)
    this.#wanted.set(id, hash)
    const found = await fetchPicture(this.#client, { host: peer.ip, port: peer.port }, hash)
    // Meanwhile it may show another picture, or be forgotten.
    if (this.#wanted.get(id) !== hash) return
    this.#wanted.delete(id)
    const now = this.#others.get(id)
    if (found !== undefined && now !== undefined) this.#keep(peer, { status: now.status, avatar: found })
  }

  #keep(peer: Peer, profile: Profile): void {
    const id = addressKey(peer)
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
